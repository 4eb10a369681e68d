-- Accepted lines that count, summed per customer, product, business day and meaning: what
-- settlement reads instead of the lines. Derived from line and kept in the same transaction; the
-- form of `entries` is described in src/fold.rs.
CREATE TABLE fold (
    distributor_id  TEXT NOT NULL,
    kind            INTEGER NOT NULL,
    business_period INTEGER NOT NULL,
    booking_period  INTEGER NOT NULL,
    entry_count     INTEGER NOT NULL,
    line_count      INTEGER NOT NULL,  -- lines, less counter-entries
    amount          INTEGER NOT NULL,
    entries_hash    INTEGER NOT NULL,  -- of the entries: what was computed from equal ones still holds
    entries         BLOB NOT NULL,
    PRIMARY KEY (distributor_id, kind, business_period, booking_period)
) STRICT;
