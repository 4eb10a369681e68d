-- $2: references as a JSON array.
SELECT ref, doc_type, branch, salesperson, stock_status FROM reported_context
WHERE distributor_id = $1 AND ref IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($2 AS JSON)))
