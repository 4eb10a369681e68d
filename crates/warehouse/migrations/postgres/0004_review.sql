-- What people decided about reported names while reviewing. A decision is never edited; taking it
-- back takes back what came of it: its alias, its rejections, its proposal.
CREATE TABLE review_decision (
    decision_id    BIGINT PRIMARY KEY,
    action         TEXT NOT NULL,     -- choose, none, ignore, new
    kind           TEXT NOT NULL,     -- customer, product
    distributor_id TEXT NOT NULL,     -- empty: all
    name           TEXT NOT NULL,
    code           TEXT NOT NULL,
    spec           TEXT NOT NULL,
    maker          TEXT NOT NULL,
    target_id      TEXT NOT NULL,     -- the chosen master entity; empty for other actions
    alias_id       BIGINT ,           -- the alias it made
    note           TEXT NOT NULL,
    origin         TEXT NOT NULL,     -- person
    decided_by     TEXT NOT NULL,
    decided_at     TEXT NOT NULL,
    taken_back_by  TEXT,
    taken_back_at  TEXT
);

-- Master entities a person said the name is not: never proposed for it again.
CREATE TABLE cannot_link (
    decision_id BIGINT NOT NULL REFERENCES review_decision,
    target_id   TEXT NOT NULL,
    PRIMARY KEY (decision_id, target_id)
);

-- New master entities somebody asked for.
CREATE TABLE master_proposal (
    decision_id BIGINT PRIMARY KEY REFERENCES review_decision,
    fields      TEXT NOT NULL          -- JSON: what could be read from the reports
);
