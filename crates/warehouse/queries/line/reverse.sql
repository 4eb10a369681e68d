-- Those of these lines ($3: a JSON object, line to day) that still stand: they keep counting in
-- their closed period, and a counter-entry is made from each.
-- A line is part of its day while it is not closed, has no counter-entry and is none.
UPDATE line SET reversed_load = $4
WHERE distributor_id = $1 AND kind = $2
  AND (day, line_id) IN (SELECT value, CAST(key AS INTEGER) FROM json_each($3))
  AND closed_load IS NULL AND reversed_load IS NULL AND delta <> 1
RETURNING
    kind, day, line_id, business_period, booking_period,
    party_ref, product_ref, lot_ref, context_ref,
    customer_id, customer_rule, customer_alias_id,
    product_id, product_rule, product_alias_id,
    quantity, base_quantity, price, amount,
    doc_no, line_no, remark, flags, status, hold_reason, detail,
    content_hash, submission_id, sheet_no, row_no, delta, made_from
