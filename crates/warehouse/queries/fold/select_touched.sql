-- The folds of these business periods ($3: a JSON array).
SELECT business_period, booking_period, entries FROM fold
WHERE distributor_id = $1 AND kind = $2 AND business_period IN (SELECT value FROM json_each($3))
