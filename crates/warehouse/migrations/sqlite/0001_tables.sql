-- Tables of the warehouse. The same logical schema as migrations/postgres/0001_tables.sql.
--
-- Numbers: quantities, prices and amounts are millionths; days are yyyymmdd, periods yyyymm.
-- kind: 0 sale, 1 purchase, 2 inventory.

-- One execution of a command that changes the warehouse.
CREATE TABLE run (
    run_id       INTEGER PRIMARY KEY,
    command      TEXT NOT NULL,
    started_at   TEXT NOT NULL,
    finished_at  TEXT,               -- null while it runs, or when it was killed
    outcome      TEXT                -- JSON
) STRICT;

-- What one distributor delivered as one file.
CREATE TABLE submission (
    submission_id  INTEGER PRIMARY KEY,
    distributor_id TEXT NOT NULL,    -- empty when it is not known
    source         TEXT NOT NULL,
    file_name      TEXT NOT NULL,
    artifact       TEXT NOT NULL,    -- SHA-256 of the bytes
    bytes          INTEGER NOT NULL,
    received_at    TEXT NOT NULL,
    run_id         INTEGER REFERENCES run,
    load_id        INTEGER,          -- the load that stored its lines
    state          TEXT NOT NULL,    -- loaded, unchanged, duplicate, held_layout, refused, empty, undone
    duplicate_of   INTEGER,
    counts         TEXT NOT NULL,    -- JSON
    findings       TEXT NOT NULL     -- JSON
) STRICT;
CREATE INDEX submission_by_artifact ON submission (distributor_id, artifact);

-- Sheets of a submission; sheet_no is the position in the artifact, over all members.
CREATE TABLE submission_sheet (
    submission_id INTEGER NOT NULL REFERENCES submission,
    sheet_no      INTEGER NOT NULL,
    member        TEXT,              -- path inside an archive
    sheet         TEXT NOT NULL,
    kind          INTEGER,           -- null for a skipped sheet
    fingerprint   TEXT NOT NULL,
    PRIMARY KEY (submission_id, sheet_no)
) WITHOUT ROWID, STRICT;

-- Which days of which kind a submission speaks for.
CREATE TABLE submission_range (
    submission_id  INTEGER NOT NULL REFERENCES submission,
    distributor_id TEXT NOT NULL,
    kind           INTEGER NOT NULL,
    first_day      INTEGER NOT NULL,
    last_day       INTEGER NOT NULL,
    declared       INTEGER NOT NULL,
    PRIMARY KEY (submission_id, kind)
) WITHOUT ROWID, STRICT;

-- Files of a source that were dealt with.
CREATE TABLE collected (
    source        TEXT NOT NULL,
    path          TEXT NOT NULL,
    size          INTEGER NOT NULL,
    mtime_ns      INTEGER NOT NULL,
    artifact      TEXT NOT NULL,
    submission_id INTEGER NOT NULL REFERENCES submission,
    PRIMARY KEY (source, path)
) WITHOUT ROWID, STRICT;

-- One transaction that opened or closed lines. seq is its place in the feed, in commit order.
CREATE TABLE load (
    load_id       INTEGER PRIMARY KEY,
    kind          TEXT NOT NULL,     -- delivery, undo, decision, master
    run_id        INTEGER REFERENCES run,
    submission_id INTEGER REFERENCES submission,
    at            TEXT NOT NULL,
    seq           INTEGER UNIQUE
) STRICT;
CREATE TABLE feed_clock (
    id  INTEGER PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL
) STRICT;
INSERT INTO feed_clock (id, seq) VALUES (1, 0);

-- The row a load locks first, so that two loads of one distributor take turns.
CREATE TABLE distributor_turn (
    distributor_id TEXT PRIMARY KEY,
    turns          INTEGER NOT NULL
) WITHOUT ROWID, STRICT;

-- What a load did to one day: for the feed, for undo and for the restatement log.
CREATE TABLE load_day (
    load_id                INTEGER NOT NULL REFERENCES load,
    distributor_id         TEXT NOT NULL,
    kind                   INTEGER NOT NULL,
    day                    INTEGER NOT NULL,
    submission_id          INTEGER,          -- that the day belongs to after the load
    previous_submission_id INTEGER,          -- that it belonged to before; null for none
    feed_deletes           INTEGER NOT NULL, -- accepted lines closed
    feed_inserts           INTEGER NOT NULL, -- accepted lines opened
    restated               INTEGER NOT NULL, -- the day had been reported before and now differs
    business_period        INTEGER NOT NULL,
    booking_period         INTEGER NOT NULL,
    added                  INTEGER NOT NULL,
    removed                INTEGER NOT NULL,
    modified               INTEGER NOT NULL,
    quantity_before        INTEGER NOT NULL,
    quantity_after         INTEGER NOT NULL,
    amount_before          INTEGER NOT NULL,
    amount_after           INTEGER NOT NULL,
    days_late              INTEGER NOT NULL,
    PRIMARY KEY (load_id, distributor_id, kind, day)
) WITHOUT ROWID, STRICT;

-- Reported names, products, lots and document contexts: once per distinct text. ref is a hash of
-- the texts, the same in every run; ref 0 stands for "nothing reported" and has no row.
CREATE TABLE reported_party (
    distributor_id TEXT NOT NULL,
    ref            INTEGER NOT NULL,
    name           TEXT NOT NULL,
    code           TEXT NOT NULL,
    address        TEXT NOT NULL,
    city           TEXT NOT NULL,
    tax_id         TEXT NOT NULL,
    PRIMARY KEY (distributor_id, ref)
) WITHOUT ROWID, STRICT;
CREATE TABLE reported_product (
    distributor_id TEXT NOT NULL,
    ref            INTEGER NOT NULL,
    name           TEXT NOT NULL,
    code           TEXT NOT NULL,
    spec           TEXT NOT NULL,
    maker          TEXT NOT NULL,
    approval_no    TEXT NOT NULL,
    barcode        TEXT NOT NULL,
    unit           TEXT NOT NULL,
    pack_size      TEXT NOT NULL,
    PRIMARY KEY (distributor_id, ref)
) WITHOUT ROWID, STRICT;
CREATE TABLE reported_lot (
    distributor_id TEXT NOT NULL,
    ref            INTEGER NOT NULL,
    raw            TEXT NOT NULL,
    lot            TEXT NOT NULL,
    expiry_raw     TEXT NOT NULL,
    expiry         INTEGER,
    by_month       INTEGER,            -- 1: the label names a month, 0: a day
    expiry_rule    TEXT NOT NULL,
    mfg            INTEGER,
    PRIMARY KEY (distributor_id, ref)
) WITHOUT ROWID, STRICT;
CREATE TABLE reported_context (
    distributor_id TEXT NOT NULL,
    ref            INTEGER NOT NULL,
    doc_type       TEXT NOT NULL,
    branch         TEXT NOT NULL,
    salesperson    TEXT NOT NULL,
    stock_status   TEXT NOT NULL,
    PRIMARY KEY (distributor_id, ref)
) WITHOUT ROWID, STRICT;

-- Flow lines: opened once, at most closed once, never deleted. line_id holds the load that opened
-- it: load_id * 16777216 + position in the load.
CREATE TABLE line (
    line_id           INTEGER NOT NULL,
    party_ref         INTEGER NOT NULL,
    product_ref       INTEGER NOT NULL,
    lot_ref           INTEGER NOT NULL,
    context_ref       INTEGER NOT NULL,
    quantity          INTEGER NOT NULL,
    base_quantity     INTEGER,
    price             INTEGER,
    amount            INTEGER,
    content_hash      INTEGER NOT NULL,
    submission_id     INTEGER NOT NULL,
    customer_alias_id INTEGER,
    product_alias_id  INTEGER,
    made_from         INTEGER,          -- the line a counter-entry or a copy was made from
    closed_load       INTEGER,
    reversed_load     INTEGER,          -- closed in a closed period: a counter-entry stands against it
    day               INTEGER NOT NULL,
    business_period   INTEGER NOT NULL,
    booking_period    INTEGER NOT NULL,
    flags             INTEGER NOT NULL,
    row_no            INTEGER NOT NULL,
    sheet_no          INTEGER NOT NULL,
    kind              INTEGER NOT NULL,
    customer_rule     INTEGER,          -- 1 alias, 2 tax_id, 3 approval_pack, 4 barcode, 5 code, 6 name
    product_rule      INTEGER,
    status            INTEGER NOT NULL, -- 0 accepted, 1 held, 2 ignored
    delta             INTEGER NOT NULL, -- 0 none, 1 counter-entry, 2 late
    distributor_id    TEXT NOT NULL,
    customer_id       TEXT,
    product_id        TEXT,
    doc_no            TEXT,
    line_no           TEXT,
    remark            TEXT,
    hold_reason       TEXT,
    detail            TEXT,
    PRIMARY KEY (distributor_id, kind, day, line_id)
) WITHOUT ROWID, STRICT;
-- The one question asked across days: what is held?
CREATE INDEX line_waiting ON line (distributor_id, status)
    WHERE status <> 0 AND closed_load IS NULL;

-- The current multiset of a day: derived from line, kept in the same transaction, so that a
-- delivery is compared with a few short rows. day_hash covers the content hashes with their counts.
CREATE TABLE day_snapshot (
    distributor_id TEXT NOT NULL,
    kind           INTEGER NOT NULL,
    day            INTEGER NOT NULL,
    submission_id  INTEGER NOT NULL,  -- that spoke for the day last
    day_hash       INTEGER NOT NULL,
    line_count     INTEGER NOT NULL,
    base_quantity  INTEGER NOT NULL,  -- sum over accepted lines
    amount         INTEGER NOT NULL,  -- sum over accepted lines
    PRIMARY KEY (distributor_id, kind, day)
) WITHOUT ROWID, STRICT;
-- Pairs (content_hash, line_id) of that multiset, sorted, 8 bytes each, little-endian.
CREATE TABLE day_lines (
    distributor_id TEXT NOT NULL,
    kind           INTEGER NOT NULL,
    day            INTEGER NOT NULL,
    lines          BLOB NOT NULL,
    PRIMARY KEY (distributor_id, kind, day)
) STRICT;

-- Accounting months that have lines or were closed once.
CREATE TABLE period (
    period     INTEGER PRIMARY KEY,
    closed     INTEGER NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at TEXT NOT NULL
) STRICT;

-- Layouts by header fingerprint.
CREATE TABLE layout (
    layout_id      INTEGER PRIMARY KEY,
    distributor_id TEXT NOT NULL,
    kind           INTEGER NOT NULL,
    fingerprint    TEXT NOT NULL,
    layout         TEXT NOT NULL,      -- JSON
    state          TEXT NOT NULL,      -- accepted, pending, retired
    submission_id  INTEGER,
    decided_by     TEXT NOT NULL,
    decided_at     TEXT NOT NULL,
    UNIQUE (distributor_id, kind, fingerprint)
) STRICT;

-- What reported names stand for. Never edited: a new answer takes the old row back.
CREATE TABLE alias (
    alias_id           INTEGER PRIMARY KEY,
    kind               TEXT NOT NULL,     -- customer, product
    distributor_id     TEXT NOT NULL,     -- empty: all
    name               TEXT NOT NULL,
    code               TEXT NOT NULL,
    spec               TEXT NOT NULL,
    maker              TEXT NOT NULL,
    unit               TEXT NOT NULL,
    target_id          TEXT NOT NULL,
    is_ignore          INTEGER NOT NULL,
    factor_numerator   INTEGER NOT NULL,
    factor_denominator INTEGER NOT NULL,
    valid_from         INTEGER,
    valid_to           INTEGER,
    origin             TEXT NOT NULL,
    decided_by         TEXT NOT NULL,
    decided_at         TEXT NOT NULL,
    taken_back_by      TEXT,
    taken_back_at      TEXT
) STRICT;
-- One answer per name, scope and time that is in force.
CREATE UNIQUE INDEX alias_scope ON alias (
    kind, distributor_id, name, code, spec, maker, unit,
    COALESCE(valid_from, 0), COALESCE(valid_to, 0)
) WHERE taken_back_at IS NULL;

-- Master data.
CREATE TABLE customer (
    customer_id TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    role        TEXT NOT NULL,
    level       TEXT NOT NULL,
    province    TEXT NOT NULL,
    city        TEXT NOT NULL,
    county      TEXT NOT NULL,
    address     TEXT NOT NULL,
    tax_id      TEXT NOT NULL,
    code        TEXT NOT NULL,
    active      INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE TABLE product (
    product_id     TEXT PRIMARY KEY,
    name           TEXT NOT NULL,
    trade_name     TEXT NOT NULL,
    spec           TEXT NOT NULL,
    form           TEXT NOT NULL,
    maker          TEXT NOT NULL,
    approval_no    TEXT NOT NULL,
    barcode        TEXT NOT NULL,
    code           TEXT NOT NULL,
    base_unit      TEXT NOT NULL,
    case_size      INTEGER NOT NULL,
    units_per_base INTEGER NOT NULL,
    small_unit     TEXT NOT NULL,
    price          INTEGER,
    active         INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE TABLE distributor (
    distributor_id TEXT PRIMARY KEY,
    name           TEXT NOT NULL,
    aliases        TEXT NOT NULL,
    tier           TEXT NOT NULL,
    province       TEXT NOT NULL,
    city           TEXT NOT NULL,
    expects        TEXT NOT NULL,     -- JSON array of kinds
    active         INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
