COPY line
    (distributor_id, kind, day, line_id, business_period, booking_period,
    party_ref, product_ref, lot_ref, context_ref,
    customer_id, customer_rule, customer_alias_id,
    product_id, product_rule, product_alias_id,
    quantity, base_quantity, price, amount,
    doc_no, line_no, remark, flags, status, hold_reason, detail,
    content_hash, submission_id, sheet_no, row_no, delta, made_from)
FROM STDIN (FORMAT binary)
