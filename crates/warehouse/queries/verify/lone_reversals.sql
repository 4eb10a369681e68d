-- Lines with a counter-entry that does not cancel them exactly, or without one.
SELECT COUNT(*)
FROM line o
LEFT JOIN line r ON r.distributor_id = o.distributor_id AND r.kind = o.kind AND r.day = o.day
    AND r.delta = 1 AND r.made_from = o.line_id
WHERE o.reversed_load IS NOT NULL
  AND (r.line_id IS NULL
    OR r.line_id / 16777216 <> o.reversed_load
    OR r.quantity + o.quantity <> 0
    OR COALESCE(r.base_quantity, 0) + COALESCE(o.base_quantity, 0) <> 0
    OR COALESCE(r.amount, 0) + COALESCE(o.amount, 0) <> 0)
