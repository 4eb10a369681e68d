-- The columns of line_detail are the contract of FlowRow, in this order.
SELECT * FROM line_detail
WHERE distributor_id = $1 AND kind = $2 AND day = $3 AND line_id = $4
