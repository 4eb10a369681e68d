INSERT INTO period (period, closed, decided_by, decided_at, frozen_version) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (period) DO UPDATE SET
    closed = excluded.closed, decided_by = excluded.decided_by, decided_at = excluded.decided_at,
    frozen_version = excluded.frozen_version
