-- Closes these lines ($3: a JSON object, line to day), except those that count in one of the closed
-- periods ($5: a JSON array), and says what that takes out of their days.
-- A line is part of its day while it is not closed, has no counter-entry and is none.
UPDATE line SET closed_load = $4
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
  AND NOT (status = 0 AND booking_period = ANY (ARRAY(SELECT CAST(value AS INT) FROM json_array_elements_text(CAST($5 AS JSON)))))
RETURNING day, status, party_ref, product_ref, lot_ref, base_quantity, amount,
          business_period, booking_period, customer_id, product_id, flags
