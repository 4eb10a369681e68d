-- The newest delivery of these bytes that still counts: not undone, refused, held or itself a copy.
SELECT submission_id FROM submission
WHERE distributor_id = $1 AND artifact = $2 AND state IN ('loaded', 'unchanged', 'empty')
ORDER BY submission_id DESC LIMIT 1
