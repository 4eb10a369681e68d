-- When each distributor delivered a kind for a month first.
SELECT y.distributor_id, y.kind, y.business_period, MIN(o.at)
FROM load_day y
JOIN load o ON o.load_id = y.load_id
JOIN submission s ON s.submission_id = o.submission_id
WHERE o.kind = 'delivery' AND s.state <> 'undone' AND y.business_period BETWEEN $1 AND $2
GROUP BY y.distributor_id, y.kind, y.business_period
