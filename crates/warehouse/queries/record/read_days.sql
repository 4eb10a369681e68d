-- The same as they held at version $4, of the days $2 to $3. Most days of the kind are asked for, so
-- reading it through costs less than looking every record up: the plus keeps the index away.
SELECT COALESCE(string_agg(body, ','), '') FROM record
WHERE kind = $1 AND +day BETWEEN $2 AND $3
  AND from_version <= $4 AND (to_version IS NULL OR to_version > $4)
