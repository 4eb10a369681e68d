-- When each distributor delivered a kind for a month first. Days of one load come together before
-- their load is looked up.
SELECT y.distributor_id, y.kind, y.business_period, MIN(o.at)
FROM (SELECT DISTINCT load_id, distributor_id, kind, business_period FROM load_day
      WHERE business_period BETWEEN $1 AND $2) y
JOIN load o ON o.load_id = y.load_id
JOIN submission s ON s.submission_id = o.submission_id
WHERE o.kind = 'delivery' AND s.state <> 'undone'
GROUP BY y.distributor_id, y.kind, y.business_period
