INSERT INTO master_proposal (decision_id, fields) VALUES ($1, $2)
