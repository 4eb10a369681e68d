UPDATE record SET to_version = $3
WHERE kind = $1 AND to_version IS NULL AND record_key IN (SELECT value FROM json_each($2))
