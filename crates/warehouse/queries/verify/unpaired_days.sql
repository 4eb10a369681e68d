-- Snapshots without lines or lines without a snapshot.
SELECT (SELECT COUNT(*) FROM day_snapshot) - (SELECT COUNT(*) FROM day_snapshot s
    JOIN day_lines d ON d.distributor_id = s.distributor_id AND d.kind = s.kind AND d.day = s.day)
  + (SELECT COUNT(*) FROM day_lines) - (SELECT COUNT(*) FROM day_snapshot s
    JOIN day_lines d ON d.distributor_id = s.distributor_id AND d.kind = s.kind AND d.day = s.day)
