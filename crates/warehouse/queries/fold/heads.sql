-- $1..$2: business periods; $3: booking periods up to here.
SELECT distributor_id, kind, business_period, booking_period, entries_hash FROM fold
WHERE business_period BETWEEN $1 AND $2 AND booking_period <= $3
