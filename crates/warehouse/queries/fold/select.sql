-- $1: kind; $2..$3: business periods; $4..$5: booking periods; $6: one distributor, or NULL for all.
SELECT distributor_id, kind, business_period, booking_period, entries FROM fold
WHERE kind = $1 AND business_period BETWEEN $2 AND $3 AND booking_period BETWEEN $4 AND $5
  AND (CAST($6 AS TEXT) IS NULL OR distributor_id = CAST($6 AS TEXT))
ORDER BY distributor_id, business_period, booking_period
