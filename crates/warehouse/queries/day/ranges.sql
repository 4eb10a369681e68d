-- Declared and found ranges of the submissions that count.
SELECT r.distributor_id, r.kind, r.first_day, r.last_day
FROM submission_range r
JOIN submission s ON s.submission_id = r.submission_id
WHERE s.state IN ('loaded', 'unchanged', 'empty')
