-- Sources of other kinds than folders. How far each resource of a source was read: written in the
-- transaction that registers what was read.
CREATE TABLE source_cursor (
    source   TEXT NOT NULL,
    resource TEXT NOT NULL,
    value    TEXT NOT NULL,
    PRIMARY KEY (source, resource)
) WITHOUT ROWID, STRICT;

-- Files of shipments and payments, which become records and not submissions.
CREATE TABLE source_record (
    source      TEXT NOT NULL,
    path        TEXT NOT NULL,
    size        INTEGER NOT NULL,
    mtime_ns    INTEGER NOT NULL,
    artifact    TEXT NOT NULL,
    imported_at TEXT NOT NULL,
    PRIMARY KEY (source, path)
) WITHOUT ROWID, STRICT;

-- Every visit to a source: its heartbeat. A visit without an end was killed, or is under way.
CREATE TABLE source_visit (
    visit_id    INTEGER PRIMARY KEY,
    run_id      INTEGER,
    source      TEXT NOT NULL,
    started_at  TEXT NOT NULL,
    finished_at TEXT,
    arrivals    INTEGER NOT NULL DEFAULT 0,
    seen_before INTEGER NOT NULL DEFAULT 0,
    finding     TEXT                -- why it failed: a finding as JSON; null when it did not
) STRICT;
CREATE INDEX source_visit_by_source ON source_visit (source, visit_id);
