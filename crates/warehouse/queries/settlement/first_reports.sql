-- When each distributor reported a kind of a month first. The days are those the file speaks for:
-- declared ones, and those of its lines; which months that reports is decided when it is loaded.
SELECT m.distributor_id, m.kind, m.business_period, MIN(o.at)
FROM load_month m
JOIN load o ON o.load_id = m.load_id
WHERE m.reports = 1 AND m.business_period BETWEEN $1 AND $2
  AND o.submission_id NOT IN (SELECT submission_id FROM submission WHERE state = 'undone')
GROUP BY m.distributor_id, m.kind, m.business_period
