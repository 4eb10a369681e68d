-- Which days of which kind were reported, with the lines that stand.
SELECT distributor_id, kind, day, line_count FROM day_snapshot ORDER BY distributor_id, kind, day
