-- The day of a line, found through the days its load touched.
SELECT l.distributor_id, l.kind, l.day
FROM load_day y
JOIN line l ON l.distributor_id = y.distributor_id AND l.kind = y.kind AND l.day = y.day
WHERE y.load_id = $1 AND l.line_id = $2
