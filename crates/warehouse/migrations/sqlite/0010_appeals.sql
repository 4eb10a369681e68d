-- Appeals: what somebody says counts wrongly. Neither an appeal nor a decision is ever edited.
CREATE TABLE appeal (
    appeal_id       INTEGER PRIMARY KEY,
    kind            TEXT NOT NULL,
    line_id         INTEGER NOT NULL,
    distributor_id  TEXT NOT NULL,     -- of the line, as the following six
    flow_kind       INTEGER NOT NULL,
    day             INTEGER NOT NULL,
    business_period INTEGER NOT NULL,
    booking_period  INTEGER NOT NULL,
    customer_id     TEXT NOT NULL,
    product_id      TEXT NOT NULL,
    quantity        INTEGER NOT NULL,  -- of the part that is appealed, signed as the line
    to_distributor  TEXT NOT NULL,     -- empty: as it is
    to_customer     TEXT NOT NULL,
    to_product      TEXT NOT NULL,
    to_post         TEXT NOT NULL,
    to_period       INTEGER,           -- null: the first open one
    reason          TEXT NOT NULL,
    opened_by       TEXT NOT NULL,
    opened_at       TEXT NOT NULL
) STRICT;
CREATE INDEX appeal_by_line ON appeal (line_id);

-- What was decided, in order; the last one holds. An appeal without one is open.
CREATE TABLE appeal_decision (
    appeal_id  INTEGER NOT NULL REFERENCES appeal,
    step       INTEGER NOT NULL,
    state      TEXT NOT NULL,          -- approved, refused, withdrawn, taken_back
    note       TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at TEXT NOT NULL,
    PRIMARY KEY (appeal_id, step)
) WITHOUT ROWID, STRICT;

-- What approved appeals add to the fold: pairs of rows that sum to zero. Pair 1 moves, pair 2 takes
-- that back.
CREATE TABLE appeal_row (
    appeal_id       INTEGER NOT NULL REFERENCES appeal,
    pair            INTEGER NOT NULL,
    sign            INTEGER NOT NULL,  -- -1 takes off, 1 puts on
    line_id         INTEGER NOT NULL,
    distributor_id  TEXT NOT NULL,
    flow_kind       INTEGER NOT NULL,
    business_period INTEGER NOT NULL,
    booking_period  INTEGER NOT NULL,
    customer_id     TEXT NOT NULL,
    product_id      TEXT NOT NULL,
    day             INTEGER NOT NULL,
    flags           INTEGER NOT NULL,
    post_id         TEXT NOT NULL,     -- empty: whoever attribution says
    excluded        INTEGER NOT NULL,  -- 1: kept out of rebates
    quantity        INTEGER NOT NULL,  -- signed
    amount          INTEGER NOT NULL,  -- signed
    PRIMARY KEY (appeal_id, pair, sign)
) WITHOUT ROWID, STRICT;
CREATE INDEX appeal_row_by_booking ON appeal_row (booking_period);

-- Whether a post agrees with what it is credited for in a month. Steps in order; the last one holds.
CREATE TABLE confirmation (
    period     INTEGER NOT NULL,
    post_id    TEXT NOT NULL,
    step       INTEGER NOT NULL,
    state      TEXT NOT NULL,          -- waiting, confirmed, objected, handled, settled
    deadline   INTEGER NOT NULL,       -- last day to answer
    by_default INTEGER NOT NULL,       -- 1: nobody answered in time
    note       TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at TEXT NOT NULL,
    PRIMARY KEY (period, post_id, step)
) WITHOUT ROWID, STRICT;

-- Windows somebody opened or closed by hand. Steps in order; the last one holds.
CREATE TABLE period_window (
    period     INTEGER NOT NULL,
    name       TEXT NOT NULL,          -- upload, mapping, stock, diversion, appeal, confirmation
    step       INTEGER NOT NULL,
    opened     INTEGER NOT NULL,       -- 0: closed
    decided_by TEXT NOT NULL,
    decided_at TEXT NOT NULL,
    PRIMARY KEY (period, name, step)
) WITHOUT ROWID, STRICT;
