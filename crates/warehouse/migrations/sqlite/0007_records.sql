-- What settlement is computed from, as versions. A version is one import that changed something of
-- one kind; numbers are given in commit order, so "as of version 7" names one state for ever.
--
-- A record holds from its first version to before the version that ended it; records are opened and
-- closed, never edited, never deleted. body is JSON: the words of settlement as the program has them
-- (amounts and shares in millionths, days as yyyymmdd).
CREATE TABLE settings_version (
    version_id  INTEGER PRIMARY KEY,
    kind        TEXT NOT NULL,     -- org_unit, seat, … as in record
    file_name   TEXT NOT NULL,     -- empty: copied from the master data when a month was closed
    sha256      TEXT NOT NULL,     -- of the file
    rows        INTEGER NOT NULL,
    added       INTEGER NOT NULL,
    changed     INTEGER NOT NULL,
    removed     INTEGER NOT NULL,
    imported_by TEXT NOT NULL,
    imported_at TEXT NOT NULL
) STRICT;
CREATE TABLE record (
    kind           TEXT NOT NULL,
    record_key     TEXT NOT NULL,  -- what makes it the same record in the next file
    day            INTEGER,        -- of a shipment or payment
    distributor_id TEXT NOT NULL DEFAULT '',
    body           TEXT NOT NULL,  -- JSON
    from_version   INTEGER NOT NULL,
    to_version     INTEGER,        -- the first version without it; null while it holds
    PRIMARY KEY (kind, record_key, from_version)
) WITHOUT ROWID, STRICT;
-- What holds now: one record per key.
CREATE UNIQUE INDEX record_current ON record (kind, record_key) WHERE to_version IS NULL;
-- Shipments and payments pile up; they are asked for by day.
CREATE INDEX record_by_day ON record (kind, day) WHERE day IS NOT NULL;

-- The version that was in force when the month was closed; null while it is open.
ALTER TABLE period ADD COLUMN frozen_version INTEGER;

-- What holds now, readable: for people and their tools. Amounts are decimals for reading; the
-- *_micros columns are whole millionths, the same on both engines. A first day of 1900-01-01 means "always".

CREATE VIEW mart_org AS
SELECT
    u.body ->> 'id' AS unit_id,
    u.body ->> 'name' AS unit_name,
    u.body ->> 'level' AS level,
    u.body ->> 'parent' AS parent_id,
    CASE WHEN u.body -> 'span' ->> 'from' IS NOT NULL THEN printf('%04d-%02d-%02d', (u.body -> 'span' ->> 'from') / 10000, (u.body -> 'span' ->> 'from') / 100 % 100, (u.body -> 'span' ->> 'from') % 100) END AS valid_from,
    CASE WHEN u.body -> 'span' ->> 'to' IS NOT NULL THEN printf('%04d-%02d-%02d', (u.body -> 'span' ->> 'to') / 10000, (u.body -> 'span' ->> 'to') / 100 % 100, (u.body -> 'span' ->> 'to') % 100) END AS valid_to,
    s.body ->> 'person_id' AS person_id,
    s.body ->> 'person_name' AS person_name,
    CASE WHEN s.body -> 'span' ->> 'from' IS NOT NULL THEN printf('%04d-%02d-%02d', (s.body -> 'span' ->> 'from') / 10000, (s.body -> 'span' ->> 'from') / 100 % 100, (s.body -> 'span' ->> 'from') % 100) END AS person_from,
    CASE WHEN s.body -> 'span' ->> 'to' IS NOT NULL THEN printf('%04d-%02d-%02d', (s.body -> 'span' ->> 'to') / 10000, (s.body -> 'span' ->> 'to') / 100 % 100, (s.body -> 'span' ->> 'to') % 100) END AS person_to
FROM (SELECT body FROM record WHERE kind = 'org_unit' AND to_version IS NULL) u
LEFT JOIN (SELECT body FROM record WHERE kind = 'seat' AND to_version IS NULL) s ON s.body ->> 'post_id' = u.body ->> 'id';

CREATE VIEW mart_attribution AS
SELECT
    a.body ->> 'customer_id' AS customer_id,
    c.name AS customer_name,
    a.body ->> 'product_group' AS product_group,
    a.body ->> 'post_id' AS post_id,
    (a.body ->> 'share') / 1000000.0 AS share,
    a.body ->> 'share' AS share_micros,
    CASE WHEN a.body -> 'span' ->> 'from' IS NOT NULL THEN printf('%04d-%02d-%02d', (a.body -> 'span' ->> 'from') / 10000, (a.body -> 'span' ->> 'from') / 100 % 100, (a.body -> 'span' ->> 'from') % 100) END AS valid_from,
    CASE WHEN a.body -> 'span' ->> 'to' IS NOT NULL THEN printf('%04d-%02d-%02d', (a.body -> 'span' ->> 'to') / 10000, (a.body -> 'span' ->> 'to') / 100 % 100, (a.body -> 'span' ->> 'to') % 100) END AS valid_to
FROM (SELECT body FROM record WHERE kind = 'attribution' AND to_version IS NULL) a
LEFT JOIN customer c ON c.customer_id = a.body ->> 'customer_id';

CREATE VIEW mart_price AS
SELECT
    a.body ->> 'product_id' AS product_id,
    p.name AS product_name,
    p.spec AS spec,
    CASE WHEN a.body ->> 'from' IS NOT NULL THEN printf('%04d-%02d-%02d', (a.body ->> 'from') / 10000, (a.body ->> 'from') / 100 % 100, (a.body ->> 'from') % 100) END AS valid_from,
    (a.body ->> 'price') / 1000000.0 AS price,
    a.body ->> 'price' AS price_micros,
    a.body ->> 'revoked' AS is_revoked
FROM (SELECT body FROM record WHERE kind = 'price' AND to_version IS NULL) a
LEFT JOIN product p ON p.product_id = a.body ->> 'product_id';

CREATE VIEW mart_target AS
SELECT
    printf('%04d-%02d', (a.body ->> 'period') / 100, (a.body ->> 'period') % 100) AS period,
    CASE WHEN a.body -> 'owner' ->> 'unit' IS NULL THEN 'distributor' ELSE 'unit' END AS owner_kind,
    COALESCE(a.body -> 'owner' ->> 'unit', a.body -> 'owner' ->> 'distributor') AS owner_id,
    a.body ->> 'product_group' AS product_group,
    a.body ->> 'measure' AS measure,
    a.body ->> 'counting_point' AS counting_point,
    (a.body ->> 'value') / 1000000.0 AS value,
    a.body ->> 'value' AS value_micros
FROM (SELECT body FROM record WHERE kind = 'target' AND to_version IS NULL) a;

CREATE VIEW mart_shipment AS
SELECT
    a.body ->> 'doc_no' AS doc_no,
    a.body ->> 'line_no' AS line_no,
    CASE WHEN a.body ->> 'day' IS NOT NULL THEN printf('%04d-%02d-%02d', (a.body ->> 'day') / 10000, (a.body ->> 'day') / 100 % 100, (a.body ->> 'day') % 100) END AS ship_date,
    a.body ->> 'distributor_id' AS distributor_id,
    d.name AS distributor_name,
    a.body ->> 'product_id' AS product_id,
    p.name AS product_name,
    p.spec AS spec,
    a.body ->> 'lot' AS lot,
    (a.body ->> 'quantity') / 1000000.0 AS quantity,
    (a.body ->> 'amount') / 1000000.0 AS amount,
    a.body ->> 'quantity' AS quantity_micros,
    a.body ->> 'amount' AS amount_micros
FROM (SELECT body FROM record WHERE kind = 'shipment' AND to_version IS NULL) a
LEFT JOIN distributor d ON d.distributor_id = a.body ->> 'distributor_id'
LEFT JOIN product p ON p.product_id = a.body ->> 'product_id';

CREATE VIEW mart_payment AS
SELECT
    a.body ->> 'doc_no' AS doc_no,
    a.body ->> 'distributor_id' AS distributor_id,
    d.name AS distributor_name,
    CASE WHEN a.body ->> 'day' IS NOT NULL THEN printf('%04d-%02d-%02d', (a.body ->> 'day') / 10000, (a.body ->> 'day') / 100 % 100, (a.body ->> 'day') % 100) END AS paid_date,
    CASE WHEN a.body ->> 'due' IS NOT NULL THEN printf('%04d-%02d-%02d', (a.body ->> 'due') / 10000, (a.body ->> 'due') / 100 % 100, (a.body ->> 'due') % 100) END AS due_date,
    (a.body ->> 'amount') / 1000000.0 AS amount,
    a.body ->> 'amount' AS amount_micros,
    a.body ->> 'instrument' AS instrument,
    a.body ->> 'tenor_days' AS tenor_days
FROM (SELECT body FROM record WHERE kind = 'payment' AND to_version IS NULL) a
LEFT JOIN distributor d ON d.distributor_id = a.body ->> 'distributor_id';
