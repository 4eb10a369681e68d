-- The same of the distributors $3 (a JSON array) alone.
SELECT COALESCE(string_agg(body, ','), '') FROM record
WHERE kind = $1 AND owner_id IS NOT NULL AND owner_id = ANY (ARRAY(SELECT json_array_elements_text(CAST($3 AS JSON))))
  AND from_version <= $2 AND (to_version IS NULL OR to_version > $2)
