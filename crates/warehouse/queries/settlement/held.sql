-- Sales of a month that wait, and what of them is known to be worth, in whole yuan and millionths left
-- (see accepted). `status <> 0` says again what `status = 1` says, so that SQLite takes the index of
-- waiting lines.
SELECT COUNT(*), CAST(COALESCE(SUM(ABS(amount / 1000000)), 0) AS BIGINT),
       CAST(COALESCE(SUM(ABS(amount % 1000000)), 0) AS BIGINT)
FROM line
WHERE status = 1 AND status <> 0 AND closed_load IS NULL AND kind = 0 AND booking_period = $1
