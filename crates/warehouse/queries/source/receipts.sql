-- Which days the submissions that count speak for, when each came, and through which source.
SELECT r.distributor_id, r.kind, r.first_day, r.last_day, s.received_at, s.source
FROM submission_range r
JOIN submission s ON s.submission_id = r.submission_id
WHERE s.state IN ('loaded', 'unchanged', 'empty') AND r.last_day >= $1 AND r.first_day <= $2
ORDER BY s.submission_id
