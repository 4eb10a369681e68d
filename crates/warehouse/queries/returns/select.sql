-- Returns of one distributor from day $2 to day $3 that count.
SELECT r.line_id, r.day, r.business_period, r.booking_period, r.customer_id, r.product_id, r.flags,
       r.base_quantity, r.amount, r.price, COALESCE(b.lot, '')
FROM line r
LEFT JOIN reported_lot b ON b.distributor_id = r.distributor_id AND b.ref = r.lot_ref
WHERE r.distributor_id = $1 AND r.kind = 0 AND r.day BETWEEN $2 AND $3
  AND r.status = 0 AND r.closed_load IS NULL AND r.reversed_load IS NULL AND r.delta <> 1
  AND (r.flags & 1) <> 0 AND r.base_quantity < 0 AND r.customer_id IS NOT NULL
ORDER BY r.day, r.line_id
