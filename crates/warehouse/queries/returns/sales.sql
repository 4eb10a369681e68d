-- Sales the returned goods may come from: same distributor, customers $4 and products $5 (JSON arrays).
SELECT s.line_id, s.day, s.business_period, s.customer_id, s.product_id, s.base_quantity, s.price,
       COALESCE(b.lot, '')
FROM line s
LEFT JOIN reported_lot b ON b.distributor_id = s.distributor_id AND b.ref = s.lot_ref
WHERE s.distributor_id = $1 AND s.kind = 0 AND s.day BETWEEN $2 AND $3
  AND s.status = 0 AND s.closed_load IS NULL AND s.reversed_load IS NULL AND s.delta <> 1
  AND s.base_quantity > 0 AND (s.flags & 26) = 0 -- no gift, transfer or adjustment
  AND s.customer_id IN (SELECT value FROM json_each($4))
  AND s.product_id IN (SELECT value FROM json_each($5))
ORDER BY s.day DESC, s.line_id DESC
