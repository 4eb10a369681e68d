-- Those of these lines ($3: a JSON object, line to day) that still stand: they keep counting in
-- their closed period, and a counter-entry is made from each.
-- A line is part of its day while it is not closed, has no counter-entry and is none.
UPDATE line SET reversed_load = $4
WHERE ctid = ANY (ARRAY(
    -- Found one by one through the key. A new table has no statistics, and a plain join then reads
    -- every line of the distributor.
    SELECT found.ctid FROM json_each_text(CAST($3 AS JSON)) AS gone
    CROSS JOIN LATERAL (
        SELECT l.ctid FROM line l
        WHERE l.distributor_id = $1 AND l.kind = $2
          AND l.day = CAST(gone.value AS INT) AND l.line_id = CAST(gone.key AS BIGINT)
        OFFSET 0
    ) AS found
  ))
  AND closed_load IS NULL AND reversed_load IS NULL AND delta <> 1
RETURNING
    kind, day, line_id, business_period, booking_period,
    party_ref, product_ref, lot_ref, context_ref,
    customer_id, customer_rule, customer_alias_id,
    product_id, product_rule, product_alias_id,
    quantity, base_quantity, price, amount,
    doc_no, line_no, remark, flags, status, hold_reason, detail,
    content_hash, submission_id, sheet_no, row_no, delta, made_from
