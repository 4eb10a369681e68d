-- What closing these lines ($4: a JSON array) takes out of the day.
-- A line is part of its day while it is not closed, has no counter-entry and is none.
SELECT line_id, status, booking_period, party_ref, product_ref, lot_ref, base_quantity, amount,
       business_period, customer_id, product_id, flags
FROM line
WHERE distributor_id = $1 AND kind = $2 AND day = $3 AND line_id = ANY (ARRAY(SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($4 AS JSON))))
  AND closed_load IS NULL AND reversed_load IS NULL AND delta <> 1
