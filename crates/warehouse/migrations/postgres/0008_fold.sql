-- Accepted lines that count, summed per customer, product, business day and meaning: what
-- settlement reads instead of the lines. Derived from line and kept in the same transaction; the
-- form of `entries` is described in src/fold.rs.
CREATE TABLE fold (
    distributor_id  TEXT NOT NULL,
    kind            SMALLINT NOT NULL,
    business_period INT NOT NULL,
    booking_period  INT NOT NULL,
    entry_count     BIGINT NOT NULL,
    line_count      BIGINT NOT NULL,  -- lines, less counter-entries
    amount          BIGINT NOT NULL,
    entries_hash    BIGINT NOT NULL,  -- of the entries: what was computed from equal ones still holds
    entries         BYTEA NOT NULL,
    PRIMARY KEY (distributor_id, kind, business_period, booking_period)
);

-- It is written whole with every load; spare the attempt to compress it.
ALTER TABLE fold ALTER COLUMN entries SET STORAGE EXTERNAL;
