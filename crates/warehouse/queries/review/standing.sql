-- Lines that stand, of these reported parties ($2) or products ($3), JSON arrays of references.
SELECT
    kind, day, line_id, business_period, booking_period,
    party_ref, product_ref, lot_ref, context_ref,
    customer_id, customer_rule, customer_alias_id,
    product_id, product_rule, product_alias_id,
    quantity, base_quantity, price, amount,
    doc_no, line_no, remark, flags, status, hold_reason, detail,
    content_hash, submission_id, sheet_no, row_no, delta, made_from
FROM line
WHERE distributor_id = $1 AND closed_load IS NULL AND reversed_load IS NULL AND delta <> 1
  AND (party_ref IN (SELECT value FROM json_each($2))
    OR product_ref IN (SELECT value FROM json_each($3)))
ORDER BY kind, day, line_id
