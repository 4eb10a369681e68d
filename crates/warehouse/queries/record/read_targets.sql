-- Targets of distributors: the second part of their key says whose they are.
SELECT COALESCE(string_agg(body, ','), '') FROM record
WHERE kind = $1 AND to_version IS NULL AND record_key LIKE '%|distributor|%'
