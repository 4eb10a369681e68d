-- The same of the distributors $3 (a JSON array) alone.
SELECT COALESCE(string_agg(body, ','), '') FROM record INDEXED BY record_of_owner
WHERE kind = $1 AND owner_id IS NOT NULL AND owner_id IN (SELECT value FROM json_each($3))
  AND from_version <= $2 AND (to_version IS NULL OR to_version > $2)
