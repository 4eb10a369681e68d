SELECT record_key, body FROM record WHERE kind = $1 AND to_version IS NULL
