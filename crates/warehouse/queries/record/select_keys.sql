-- What holds now of the keys in $2 (a JSON array).
SELECT record_key, body FROM record
WHERE kind = $1 AND to_version IS NULL AND record_key IN (SELECT value FROM json_each($2))
