-- The same of the distributors $5 (a JSON array) alone.
SELECT COALESCE(string_agg(body, ','), '') FROM record
WHERE kind = $1 AND distributor_id = ANY (ARRAY(SELECT json_array_elements_text(CAST($5 AS JSON)))) AND day BETWEEN $2 AND $3
  AND from_version <= $4 AND (to_version IS NULL OR to_version > $4)
