-- The same as they held at version $2.
SELECT COALESCE(string_agg(body, ','), '') FROM record
WHERE kind = $1 AND from_version <= $2 AND (to_version IS NULL OR to_version > $2) AND (record_key LIKE '%|distributor|%' OR record_key LIKE '%|base|%')
