SELECT
    kind, day, line_id, business_period, booking_period,
    party_ref, product_ref, lot_ref, context_ref,
    customer_id, customer_rule, customer_alias_id,
    product_id, product_rule, product_alias_id,
    quantity, base_quantity, price, amount,
    doc_no, line_no, remark, flags, status, hold_reason, detail,
    content_hash, submission_id, sheet_no, row_no, delta, made_from
FROM line
WHERE distributor_id = $1 AND kind = $2 AND day = $3 AND line_id = ANY (ARRAY(SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($4 AS JSON))))
ORDER BY line_id
