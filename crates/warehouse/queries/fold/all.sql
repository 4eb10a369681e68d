SELECT distributor_id, kind, business_period, booking_period, entries FROM fold
