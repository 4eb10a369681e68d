-- Many at once: the program repeats the tuple. PostgreSQL uses line/copy for more than a few.
INSERT INTO line
    (distributor_id, kind, day, line_id, business_period, booking_period,
    party_ref, product_ref, lot_ref, context_ref,
    customer_id, customer_rule, customer_alias_id,
    product_id, product_rule, product_alias_id,
    quantity, base_quantity, price, amount,
    doc_no, line_no, remark, flags, status, hold_reason, detail,
    content_hash, submission_id, sheet_no, row_no, delta, made_from)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)
