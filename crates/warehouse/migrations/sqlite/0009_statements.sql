-- Statements: what parties earned, bound to the computation, the policies and the records.
-- Amounts are millionths of a yuan, rounded to what the policy says (cents by default).

-- One computation of a month's statements.
CREATE TABLE settlement (
    settlement_id    INTEGER PRIMARY KEY,
    period           INTEGER NOT NULL,
    at               TEXT NOT NULL,
    who              TEXT NOT NULL,
    settings_version INTEGER NOT NULL,
    as_of_load       INTEGER NOT NULL,   -- loads up to this one are in it
    provisional      INTEGER NOT NULL,
    gates            TEXT NOT NULL    -- JSON
) STRICT;

-- What one party earned in one month. Lines are never edited; the state moves on, and every move
-- is in statement_event.
CREATE TABLE statement (
    statement_id  INTEGER PRIMARY KEY,
    number        TEXT NOT NULL UNIQUE,
    party_id      TEXT NOT NULL,
    period        INTEGER NOT NULL,
    state         TEXT NOT NULL,      -- draft, confirmed, paid, reversed, superseded
    total         INTEGER NOT NULL,
    held_lines    INTEGER NOT NULL,
    provisional   INTEGER NOT NULL,
    settlement_id INTEGER NOT NULL REFERENCES settlement,
    content_hash  TEXT NOT NULL,
    inputs_hash   TEXT NOT NULL,
    decided_by    TEXT NOT NULL,
    decided_at    TEXT NOT NULL,
    note          TEXT NOT NULL
) STRICT;
CREATE INDEX statement_by_period ON statement (period, party_id);
-- One statement of a party and month is in force.
CREATE UNIQUE INDEX statement_in_force ON statement (party_id, period)
    WHERE state IN ('draft', 'confirmed', 'paid');

CREATE TABLE statement_event (
    statement_id INTEGER NOT NULL REFERENCES statement,
    event_no     INTEGER NOT NULL,
    state        TEXT NOT NULL,
    who          TEXT NOT NULL,
    at           TEXT NOT NULL,
    note         TEXT NOT NULL,
    PRIMARY KEY (statement_id, event_no)
) WITHOUT ROWID, STRICT;

-- What one policy gives for one span of months.
CREATE TABLE statement_part (
    statement_id INTEGER NOT NULL REFERENCES statement,
    part_no      INTEGER NOT NULL,
    policy       TEXT NOT NULL,       -- id@version
    policy_name  TEXT NOT NULL,
    policy_hash  TEXT NOT NULL,
    first_period INTEGER NOT NULL,
    last_period  INTEGER NOT NULL,
    prior        INTEGER NOT NULL,       -- 1: the difference to what was stated for the span before
    total        INTEGER NOT NULL,
    carry        INTEGER NOT NULL,
    records_hash TEXT NOT NULL,
    figures      TEXT NOT NULL,       -- JSON
    evaluation   TEXT NOT NULL,       -- JSON
    PRIMARY KEY (statement_id, part_no)
) WITHOUT ROWID, STRICT;

CREATE TABLE statement_line (
    statement_id INTEGER NOT NULL REFERENCES statement,
    line_no      INTEGER NOT NULL,
    part_no      INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    name         TEXT NOT NULL,
    exact        TEXT NOT NULL,       -- before rounding; empty: held
    amount       INTEGER,                -- null: held
    held         TEXT NOT NULL,
    PRIMARY KEY (statement_id, line_no)
) WITHOUT ROWID, STRICT;

-- Achievement as it was computed last for a month (指标达成).
CREATE TABLE achievement (
    period         INTEGER NOT NULL,
    span           TEXT NOT NULL,     -- month, quarter_to_date, year_to_date
    organisation   TEXT NOT NULL,     -- as_was, as_is
    level          TEXT NOT NULL,
    owner_id       TEXT NOT NULL,
    owner_name     TEXT NOT NULL,
    product_group  TEXT NOT NULL,
    measure        TEXT NOT NULL,
    counting_point TEXT NOT NULL,
    actual         INTEGER NOT NULL,
    unattributed   INTEGER NOT NULL,   -- the part of actual nobody is credited for
    unpriced       INTEGER NOT NULL,   -- base units without an assessed price, missing from actual
    target         INTEGER,
    last_year      INTEGER,
    previous       INTEGER,
    rate           TEXT,              -- exact decimal texts; null without a base
    on_year        TEXT,
    on_period      TEXT,
    progress_gap   TEXT,
    settings_version INTEGER NOT NULL,
    as_of_load     INTEGER NOT NULL,
    computed_at    TEXT NOT NULL,
    PRIMARY KEY (period, span, organisation, level, owner_id, product_group, measure, counting_point)
) WITHOUT ROWID, STRICT;

CREATE VIEW mart_statement AS
SELECT s.statement_id, s.number, s.party_id AS distributor_id, d.name AS distributor_name,
       printf('%04d-%02d', s.period / 100, s.period % 100) AS period, s.state, s.total / 1000000.0 AS total, s.total AS total_micros,
       s.held_lines, s.provisional <> 0 AS is_provisional, s.decided_by, s.decided_at, s.note
FROM statement s
LEFT JOIN distributor d ON d.distributor_id = s.party_id
WHERE s.state <> 'superseded';

CREATE VIEW mart_statement_line AS
SELECT s.number, s.party_id AS distributor_id, printf('%04d-%02d', s.period / 100, s.period % 100) AS period, s.state, l.line_no,
       p.policy, p.policy_name, p.first_period, p.last_period, p.prior <> 0 AS is_prior,
       l.kind, l.name, l.amount / 1000000.0 AS amount, l.amount AS amount_micros, l.held
FROM statement s
JOIN statement_line l ON l.statement_id = s.statement_id
JOIN statement_part p ON p.statement_id = s.statement_id AND p.part_no = l.part_no
WHERE s.state <> 'superseded';

CREATE VIEW mart_achievement AS
SELECT printf('%04d-%02d', period / 100, period % 100) AS period, span, organisation, level, owner_id, owner_name, product_group, measure,
       counting_point, actual / 1000000.0 AS actual, unattributed / 1000000.0 AS unattributed, target / 1000000.0 AS target, actual AS actual_micros,
       target AS target_micros, last_year / 1000000.0 AS last_year, previous / 1000000.0 AS previous,
       rate, on_year, on_period, progress_gap, computed_at
FROM achievement;
