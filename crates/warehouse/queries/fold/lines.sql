-- A line counts while it is accepted and not closed; one of a closed period that was taken back
-- counts beside its counter-entry.
SELECT distributor_id, kind, business_period, booking_period, customer_id, product_id, day, flags, delta,
       base_quantity, amount
FROM line
WHERE status = 0 AND closed_load IS NULL
