DELETE FROM fold WHERE distributor_id = $1 AND kind = $2 AND business_period = $3 AND booking_period = $4
