-- Every line that stands, of one distributor; a null parameter is no condition. $8: lines as they
-- stood when that was the newest load.
SELECT * FROM line_detail
WHERE distributor_id = $1
  AND kind BETWEEN $2 AND $3
  AND day BETWEEN $4 AND $5
  AND (closed_load IS NULL OR closed_load > CAST($8 AS BIGINT))
  AND (CAST($6 AS BIGINT) IS NULL OR booking_period = $6)
  AND (CAST($7 AS BIGINT) IS NULL OR status = $7)
  AND (CAST($8 AS BIGINT) IS NULL OR line_id < (CAST($8 AS BIGINT) + 1) * 16777216)
ORDER BY kind, day, line_id
