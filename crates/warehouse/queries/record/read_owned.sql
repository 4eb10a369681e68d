-- The same of the distributors $5 (a JSON array) alone.
SELECT COALESCE(string_agg(body, ','), '') FROM record INDEXED BY record_by_owner
WHERE kind = $1 AND distributor_id IN (SELECT value FROM json_each($5)) AND day IS NOT NULL AND day BETWEEN $2 AND $3
  AND from_version <= $4 AND (to_version IS NULL OR to_version > $4)
