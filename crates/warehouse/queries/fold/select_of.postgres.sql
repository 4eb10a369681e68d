-- The same of the distributors $6 (a JSON array).
SELECT distributor_id, kind, business_period, booking_period, entries FROM fold
WHERE distributor_id = ANY (ARRAY(SELECT json_array_elements_text(CAST($6 AS JSON)))) AND kind = $1
  AND business_period BETWEEN $2 AND $3 AND booking_period BETWEEN $4 AND $5
ORDER BY distributor_id, business_period, booking_period
