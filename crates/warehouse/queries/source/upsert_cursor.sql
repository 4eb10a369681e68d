INSERT INTO source_cursor (source, resource, value) VALUES ($1, $2, $3)
ON CONFLICT (source, resource) DO UPDATE SET value = excluded.value
