-- Accepted lines and yuan of sales that count in a month.
SELECT CAST(COALESCE(SUM(line_count), 0) AS BIGINT), CAST(COALESCE(SUM(amount), 0) AS BIGINT)
FROM fold WHERE kind = 0 AND booking_period = $1
