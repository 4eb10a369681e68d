-- What settlement asks every time, where the answer is short.

-- Folds without their entries: an index that holds all that is asked of them, beside the wide rows.
CREATE INDEX fold_heads ON fold (distributor_id, kind, business_period, booking_period, entries_hash, line_count, amount);

-- How many days of a month a load spoke for: derived from load_day, kept in the same transaction.
CREATE TABLE load_month (
    load_id         BIGINT NOT NULL REFERENCES load,
    distributor_id  TEXT NOT NULL,
    kind            SMALLINT NOT NULL,
    business_period INT NOT NULL,
    days            BIGINT NOT NULL,
    PRIMARY KEY (load_id, distributor_id, kind, business_period)
);
INSERT INTO load_month (load_id, distributor_id, kind, business_period, days)
SELECT load_id, distributor_id, kind, business_period, COUNT(*)
FROM load_day GROUP BY load_id, distributor_id, kind, business_period;
DROP INDEX load_day_by_month;
