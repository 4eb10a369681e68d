-- Sales of a month that wait, and what of them is known to be worth.
SELECT COUNT(*), CAST(COALESCE(SUM(ABS(amount)), 0) AS BIGINT)
FROM line
WHERE status = 1 AND closed_load IS NULL AND kind = 0 AND booking_period = $1
