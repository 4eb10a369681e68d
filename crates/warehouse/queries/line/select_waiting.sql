-- Held and ignored lines of one distributor. Written as the index line_waiting wants it.
SELECT
    kind, day, line_id, business_period, booking_period,
    party_ref, product_ref, lot_ref, context_ref,
    customer_id, customer_rule, customer_alias_id,
    product_id, product_rule, product_alias_id,
    quantity, base_quantity, price, amount,
    doc_no, line_no, remark, flags, status, hold_reason, detail,
    content_hash, submission_id, sheet_no, row_no, delta, made_from
FROM line
WHERE distributor_id = $1 AND status <> 0 AND closed_load IS NULL
ORDER BY kind, day, line_id
