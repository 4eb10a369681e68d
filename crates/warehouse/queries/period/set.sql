INSERT INTO period (period, closed, decided_by, decided_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (period) DO UPDATE SET
    closed = excluded.closed, decided_by = excluded.decided_by, decided_at = excluded.decided_at
