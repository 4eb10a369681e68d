INSERT INTO run (command, started_at) VALUES ($1, $2) RETURNING run_id
