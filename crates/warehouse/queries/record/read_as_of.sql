-- The same as they held at version $2: opened by then, and not ended by then.
SELECT COALESCE(string_agg(body, ','), '') FROM record
WHERE kind = $1 AND from_version <= $2 AND (to_version IS NULL OR to_version > $2)
