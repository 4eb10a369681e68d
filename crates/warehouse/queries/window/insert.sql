INSERT INTO period_window (period, name, step, opened, decided_by, decided_at)
VALUES ($1, $2, (SELECT COALESCE(MAX(step), 0) + 1 FROM period_window WHERE period = $1 AND name = $2), $3, $4, $5)
