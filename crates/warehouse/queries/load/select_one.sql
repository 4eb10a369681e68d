SELECT load_id, kind, run_id, submission_id, at FROM load WHERE load_id = $1
