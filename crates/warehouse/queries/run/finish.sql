UPDATE run SET finished_at = $2, outcome = $3 WHERE run_id = $1
