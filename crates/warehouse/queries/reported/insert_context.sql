INSERT INTO reported_context (distributor_id, ref, doc_type, branch, salesperson, stock_status)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (distributor_id, ref) DO NOTHING
