-- Which submission a day belonged to before submission $1, that submission's load and state.
SELECT y.load_id, p.submission_id, p.state
FROM submission s
JOIN load_day y ON y.load_id = s.load_id
LEFT JOIN submission p ON p.submission_id = y.previous_submission_id
WHERE s.submission_id = $1 AND y.distributor_id = $2 AND y.kind = $3 AND y.day = $4
