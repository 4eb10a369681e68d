INSERT INTO cannot_link (decision_id, target_id) VALUES ($1, $2)
