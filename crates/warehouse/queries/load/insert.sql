INSERT INTO load (kind, run_id, submission_id, at) VALUES ($1, $2, $3, $4) RETURNING load_id
