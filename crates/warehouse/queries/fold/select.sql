-- $1: kind; $2..$3: business periods; $4..$5: booking periods.
SELECT distributor_id, kind, business_period, booking_period, entries FROM fold
WHERE kind = $1 AND business_period BETWEEN $2 AND $3 AND booking_period BETWEEN $4 AND $5
ORDER BY distributor_id, business_period, booking_period
