-- $2: references as a JSON array.
SELECT ref, doc_type, branch, salesperson, stock_status FROM reported_context
WHERE distributor_id = $1 AND ref IN (SELECT value FROM json_each($2))
