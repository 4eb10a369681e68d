-- What settlement asks every time, kept instead of worked out.

-- 1: the delivery reported this month. A file reports the month most of its days lie in, and every other
-- month with half as many of them at least, but none by a single day: a line of 31 March in the file of
-- April is late, it does not report March. Stock is reported by any day.
ALTER TABLE load_month ADD COLUMN reports SMALLINT NOT NULL DEFAULT 0;
UPDATE load_month SET reports = 1
FROM (
    SELECT load_id, distributor_id, kind, MAX(days) AS most, MAX(business_period) AS newest
    FROM load_month GROUP BY load_id, distributor_id, kind
) AS file, load AS o
WHERE file.load_id = load_month.load_id AND file.distributor_id = load_month.distributor_id
  AND file.kind = load_month.kind AND o.load_id = load_month.load_id AND o.kind = 'delivery'
  AND (load_month.kind = 2 OR (load_month.days > 1 AND load_month.days * 2 >= file.most)
       OR (file.most = 1 AND load_month.business_period = file.newest));

-- Without a default, so that a program that knows nothing of it stops instead of leaving it out.
ALTER TABLE load_month ALTER COLUMN reports DROP DEFAULT;

-- Whose target a record is, or the base of whose growth: a few distributors are asked for without the rest.
ALTER TABLE record ADD COLUMN owner_id TEXT GENERATED ALWAYS AS (COALESCE(CAST(body AS JSON) -> 'owner' ->> 'distributor', CAST(body AS JSON) -> 'owner' ->> 'base')) STORED;
CREATE INDEX record_of_owner ON record (kind, owner_id) WHERE owner_id IS NOT NULL;

-- What was shipped in a month, without going through the documents of all the others.
ALTER TABLE record ADD COLUMN amount BIGINT GENERATED ALWAYS AS (CAST(CAST(body AS JSON) ->> 'amount' AS BIGINT)) STORED;
CREATE INDEX record_shipped ON record (day, distributor_id, amount) WHERE kind = 'shipment' AND to_version IS NULL;

-- What was taken back, without reading what all the others say.
CREATE INDEX submission_undone ON submission (submission_id) WHERE state = 'undone';
