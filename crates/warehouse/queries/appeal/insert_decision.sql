INSERT INTO appeal_decision (appeal_id, step, state, note, decided_by, decided_at)
VALUES ($1, (SELECT COALESCE(MAX(step), 0) + 1 FROM appeal_decision WHERE appeal_id = $1), $2, $3, $4, $5)
