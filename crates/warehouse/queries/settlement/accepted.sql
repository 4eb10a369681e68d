-- Accepted lines and yuan of sales that count in a month. A sum of amounts may be wider than the integers
-- of a database, which then stop: whole yuan and the millionths left of them are summed apart.
SELECT CAST(COALESCE(SUM(line_count), 0) AS BIGINT), CAST(COALESCE(SUM(amount / 1000000), 0) AS BIGINT),
       CAST(COALESCE(SUM(amount % 1000000), 0) AS BIGINT)
FROM fold WHERE kind = 0 AND booking_period = $1
