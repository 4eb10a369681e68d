-- Closes these lines ($3: a JSON object, line to day), except those that count in one of the closed
-- periods ($5: a JSON array), and says what that takes out of their days.
-- A line is part of its day while it is not closed, has no counter-entry and is none.
UPDATE line SET closed_load = $4
WHERE distributor_id = $1 AND kind = $2
  AND (day, line_id) IN (SELECT value, CAST(key AS INTEGER) FROM json_each($3))
  AND closed_load IS NULL AND reversed_load IS NULL AND delta <> 1
  AND NOT (status = 0 AND booking_period IN (SELECT value FROM json_each($5)))
RETURNING day, status, party_ref, product_ref, lot_ref, base_quantity, amount,
          business_period, booking_period, customer_id, product_id, flags
