INSERT INTO confirmation (period, post_id, step, state, deadline, by_default, note, decided_by, decided_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
