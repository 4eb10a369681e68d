SELECT s.distributor_id, s.kind, s.day, s.day_hash, s.line_count, s.base_quantity, s.amount, d.lines
FROM day_snapshot s
JOIN day_lines d ON d.distributor_id = s.distributor_id AND d.kind = s.kind AND d.day = s.day
ORDER BY s.distributor_id, s.kind, s.day
