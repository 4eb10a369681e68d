-- Targets of distributors and the bases their growth is measured from: the second part of their key says whose they are.
SELECT COALESCE(string_agg(body, ','), '') FROM record
WHERE kind = $1 AND to_version IS NULL AND (record_key LIKE '%|distributor|%' OR record_key LIKE '%|base|%')
