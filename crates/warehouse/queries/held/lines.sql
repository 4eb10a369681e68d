SELECT * FROM line_detail
WHERE status <> 0 AND closed_load IS NULL AND status = 1
  AND (CAST($1 AS TEXT) IS NULL OR distributor_id = $1)
  AND (CAST($2 AS TEXT) IS NULL OR hold_reason = $2)
  AND (CAST($3 AS BIGINT) IS NULL OR submission_id = $3)
ORDER BY distributor_id, kind, day, line_id
LIMIT $4
