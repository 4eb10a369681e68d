INSERT INTO day_lines (distributor_id, kind, day, lines) VALUES ($1, $2, $3, $4)
ON CONFLICT (distributor_id, kind, day) DO UPDATE SET lines = excluded.lines
