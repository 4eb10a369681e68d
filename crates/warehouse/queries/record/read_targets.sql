-- Targets of distributors and the bases their growth is measured from, as they held at version $2.
SELECT COALESCE(string_agg(body, ','), '') FROM record
WHERE kind = $1 AND owner_id IS NOT NULL
  AND from_version <= $2 AND (to_version IS NULL OR to_version > $2)
