INSERT INTO source_visit (run_id, source, started_at) VALUES ($1, $2, $3)
RETURNING visit_id
