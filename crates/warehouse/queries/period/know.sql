INSERT INTO period (period, closed, decided_by, decided_at) VALUES ($1, 0, '', '')
ON CONFLICT (period) DO NOTHING
