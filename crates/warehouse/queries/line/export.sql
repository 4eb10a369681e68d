-- Every line that stands, of one distributor; a null parameter is no condition.
SELECT * FROM line_detail
WHERE distributor_id = $1
  AND kind BETWEEN $2 AND $3
  AND day BETWEEN $4 AND $5
  AND closed_load IS NULL
  AND (CAST($6 AS BIGINT) IS NULL OR booking_period = $6)
  AND (CAST($7 AS BIGINT) IS NULL OR status = $7)
ORDER BY kind, day, line_id
