SELECT state, note, decided_by, decided_at FROM appeal_decision WHERE appeal_id = $1 ORDER BY step
