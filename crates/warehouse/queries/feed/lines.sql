-- Changes of one load on one day. Only accepted lines count; $5 and $6 are the first and last
-- number the load can have given.
SELECT * FROM line_detail
WHERE distributor_id = $1 AND kind = $2 AND day = $3 AND status = 0
  AND (closed_load = $4 OR line_id BETWEEN $5 AND $6)
ORDER BY line_id
