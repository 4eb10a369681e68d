-- What settlement is computed from, as versions. A version is one import that changed something of
-- one kind; numbers are given in commit order, so "as of version 7" names one state for ever.
--
-- A record holds from its first version to before the version that ended it; records are opened and
-- closed, never edited, never deleted. body is JSON: the words of settlement as the program has them
-- (amounts and shares in millionths, days as yyyymmdd).
CREATE TABLE settings_version (
    version_id  BIGINT PRIMARY KEY,
    kind        TEXT NOT NULL,     -- org_unit, seat, … as in record
    file_name   TEXT NOT NULL,     -- empty: copied from the master data when a month was closed
    sha256      TEXT NOT NULL,     -- of the file
    rows        BIGINT NOT NULL,
    added       BIGINT NOT NULL,
    changed     BIGINT NOT NULL,
    removed     BIGINT NOT NULL,
    imported_by TEXT NOT NULL,
    imported_at TEXT NOT NULL
);
CREATE TABLE record (
    kind           TEXT NOT NULL,
    record_key     TEXT NOT NULL,  -- what makes it the same record in the next file
    day            INT,            -- of a shipment or payment
    distributor_id TEXT NOT NULL DEFAULT '',
    body           TEXT NOT NULL,  -- JSON
    from_version   BIGINT NOT NULL,
    to_version     BIGINT,         -- the first version without it; null while it holds
    PRIMARY KEY (kind, record_key, from_version)
);
-- What holds now: one record per key.
CREATE UNIQUE INDEX record_current ON record (kind, record_key) WHERE to_version IS NULL;
-- Shipments and payments pile up; they are asked for by day.
CREATE INDEX record_by_day ON record (kind, day) WHERE day IS NOT NULL;

-- The version that was in force when the month was closed; null while it is open.
ALTER TABLE period ADD COLUMN frozen_version BIGINT;

-- What holds now, readable: for people and their tools. Amounts are decimals for reading; the
-- *_micros columns are whole millionths, the same on both engines. A first day of 1900-01-01 means "always".

CREATE VIEW mart_org AS
SELECT
    u.body ->> 'id' AS unit_id,
    u.body ->> 'name' AS unit_name,
    u.body ->> 'level' AS level,
    u.body ->> 'parent' AS parent_id,
    make_date(CAST(u.body -> 'span' ->> 'from' AS INT) / 10000, CAST(u.body -> 'span' ->> 'from' AS INT) / 100 % 100, CAST(u.body -> 'span' ->> 'from' AS INT) % 100) AS valid_from,
    make_date(CAST(u.body -> 'span' ->> 'to' AS INT) / 10000, CAST(u.body -> 'span' ->> 'to' AS INT) / 100 % 100, CAST(u.body -> 'span' ->> 'to' AS INT) % 100) AS valid_to,
    s.body ->> 'person_id' AS person_id,
    s.body ->> 'person_name' AS person_name,
    make_date(CAST(s.body -> 'span' ->> 'from' AS INT) / 10000, CAST(s.body -> 'span' ->> 'from' AS INT) / 100 % 100, CAST(s.body -> 'span' ->> 'from' AS INT) % 100) AS person_from,
    make_date(CAST(s.body -> 'span' ->> 'to' AS INT) / 10000, CAST(s.body -> 'span' ->> 'to' AS INT) / 100 % 100, CAST(s.body -> 'span' ->> 'to' AS INT) % 100) AS person_to
FROM (SELECT CAST(body AS jsonb) AS body FROM record WHERE kind = 'org_unit' AND to_version IS NULL) u
LEFT JOIN (SELECT CAST(body AS jsonb) AS body FROM record WHERE kind = 'seat' AND to_version IS NULL) s ON s.body ->> 'post_id' = u.body ->> 'id';

CREATE VIEW mart_attribution AS
SELECT
    a.body ->> 'customer_id' AS customer_id,
    c.name AS customer_name,
    a.body ->> 'product_group' AS product_group,
    a.body ->> 'post_id' AS post_id,
    CAST(CAST(a.body ->> 'share' AS NUMERIC) / 1000000 AS NUMERIC(20, 6)) AS share,
    CAST(a.body ->> 'share' AS BIGINT) AS share_micros,
    make_date(CAST(a.body -> 'span' ->> 'from' AS INT) / 10000, CAST(a.body -> 'span' ->> 'from' AS INT) / 100 % 100, CAST(a.body -> 'span' ->> 'from' AS INT) % 100) AS valid_from,
    make_date(CAST(a.body -> 'span' ->> 'to' AS INT) / 10000, CAST(a.body -> 'span' ->> 'to' AS INT) / 100 % 100, CAST(a.body -> 'span' ->> 'to' AS INT) % 100) AS valid_to
FROM (SELECT CAST(body AS jsonb) AS body FROM record WHERE kind = 'attribution' AND to_version IS NULL) a
LEFT JOIN customer c ON c.customer_id = a.body ->> 'customer_id';

CREATE VIEW mart_price AS
SELECT
    a.body ->> 'product_id' AS product_id,
    p.name AS product_name,
    p.spec AS spec,
    make_date(CAST(a.body ->> 'from' AS INT) / 10000, CAST(a.body ->> 'from' AS INT) / 100 % 100, CAST(a.body ->> 'from' AS INT) % 100) AS valid_from,
    CAST(CAST(a.body ->> 'price' AS NUMERIC) / 1000000 AS NUMERIC(20, 6)) AS price,
    CAST(a.body ->> 'price' AS BIGINT) AS price_micros,
    CAST(a.body ->> 'revoked' AS BOOLEAN) AS is_revoked
FROM (SELECT CAST(body AS jsonb) AS body FROM record WHERE kind = 'price' AND to_version IS NULL) a
LEFT JOIN product p ON p.product_id = a.body ->> 'product_id';

CREATE VIEW mart_target AS
SELECT
    to_char(CAST(a.body ->> 'period' AS INT) / 100, 'FM0000') || '-' || to_char(CAST(a.body ->> 'period' AS INT) % 100, 'FM00') AS period,
    CASE WHEN a.body -> 'owner' ->> 'unit' IS NULL THEN 'distributor' ELSE 'unit' END AS owner_kind,
    COALESCE(a.body -> 'owner' ->> 'unit', a.body -> 'owner' ->> 'distributor') AS owner_id,
    a.body ->> 'product_group' AS product_group,
    a.body ->> 'measure' AS measure,
    a.body ->> 'counting_point' AS counting_point,
    CAST(CAST(a.body ->> 'value' AS NUMERIC) / 1000000 AS NUMERIC(20, 6)) AS value,
    CAST(a.body ->> 'value' AS BIGINT) AS value_micros
FROM (SELECT CAST(body AS jsonb) AS body FROM record WHERE kind = 'target' AND to_version IS NULL) a;

CREATE VIEW mart_shipment AS
SELECT
    a.body ->> 'doc_no' AS doc_no,
    a.body ->> 'line_no' AS line_no,
    make_date(CAST(a.body ->> 'day' AS INT) / 10000, CAST(a.body ->> 'day' AS INT) / 100 % 100, CAST(a.body ->> 'day' AS INT) % 100) AS ship_date,
    a.body ->> 'distributor_id' AS distributor_id,
    d.name AS distributor_name,
    a.body ->> 'product_id' AS product_id,
    p.name AS product_name,
    p.spec AS spec,
    a.body ->> 'lot' AS lot,
    CAST(CAST(a.body ->> 'quantity' AS NUMERIC) / 1000000 AS NUMERIC(20, 6)) AS quantity,
    CAST(CAST(a.body ->> 'amount' AS NUMERIC) / 1000000 AS NUMERIC(20, 6)) AS amount,
    CAST(a.body ->> 'quantity' AS BIGINT) AS quantity_micros,
    CAST(a.body ->> 'amount' AS BIGINT) AS amount_micros
FROM (SELECT CAST(body AS jsonb) AS body FROM record WHERE kind = 'shipment' AND to_version IS NULL) a
LEFT JOIN distributor d ON d.distributor_id = a.body ->> 'distributor_id'
LEFT JOIN product p ON p.product_id = a.body ->> 'product_id';

CREATE VIEW mart_payment AS
SELECT
    a.body ->> 'doc_no' AS doc_no,
    a.body ->> 'distributor_id' AS distributor_id,
    d.name AS distributor_name,
    make_date(CAST(a.body ->> 'day' AS INT) / 10000, CAST(a.body ->> 'day' AS INT) / 100 % 100, CAST(a.body ->> 'day' AS INT) % 100) AS paid_date,
    make_date(CAST(a.body ->> 'due' AS INT) / 10000, CAST(a.body ->> 'due' AS INT) / 100 % 100, CAST(a.body ->> 'due' AS INT) % 100) AS due_date,
    CAST(CAST(a.body ->> 'amount' AS NUMERIC) / 1000000 AS NUMERIC(20, 6)) AS amount,
    CAST(a.body ->> 'amount' AS BIGINT) AS amount_micros,
    a.body ->> 'instrument' AS instrument,
    CAST(a.body ->> 'tenor_days' AS BIGINT) AS tenor_days
FROM (SELECT CAST(body AS jsonb) AS body FROM record WHERE kind = 'payment' AND to_version IS NULL) a
LEFT JOIN distributor d ON d.distributor_id = a.body ->> 'distributor_id';
