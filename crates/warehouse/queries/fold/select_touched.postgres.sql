-- The folds of these business periods ($3: a JSON array).
SELECT business_period, booking_period, entries FROM fold
WHERE distributor_id = $1 AND kind = $2
  AND business_period = ANY (ARRAY(SELECT CAST(value AS INTEGER) FROM json_array_elements_text(CAST($3 AS JSON))))
