-- Days a load spoke for, and whose they are now.
SELECT y.distributor_id, y.kind, y.day, y.business_period, d.submission_id
FROM load_day y
LEFT JOIN day_snapshot d
    ON d.distributor_id = y.distributor_id AND d.kind = y.kind AND d.day = y.day
WHERE y.load_id = $1
ORDER BY y.distributor_id, y.kind, y.day
