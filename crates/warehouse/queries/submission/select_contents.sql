-- Newest first.
SELECT c.distributor_id, c.submission_id, c.bodies, c.digest
FROM submission_content c
JOIN submission s ON s.submission_id = c.submission_id
WHERE s.state IN ('loaded', 'unchanged')
ORDER BY c.submission_id DESC
