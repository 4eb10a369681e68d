-- Lines held for a name, by that name: with their amounts; without amounts by price, so that the
-- product of price and quantity is made outside, where it cannot overflow. Sums are whole units
-- and remainder.
SELECT distributor_id, hold_reason, kind, ref, priced, price,
    COUNT(*),
    CAST(SUM(value / 1000000) AS BIGINT), CAST(SUM(value % 1000000) AS BIGINT),
    MIN(day), MAX(day)
FROM (
    SELECT l.distributor_id, l.hold_reason, l.kind, l.day,
        CASE WHEN l.hold_reason IN ('unknown_customer', 'ambiguous_customer')
            THEN l.party_ref ELSE l.product_ref END AS ref,
        -- 0 amount, 1 reported price, 2 assessed price, 3 nothing to value the line by
        CASE WHEN l.amount IS NOT NULL THEN 0
            WHEN l.price IS NOT NULL THEN 1
            WHEN l.base_quantity IS NOT NULL AND p.price IS NOT NULL THEN 2
            ELSE 3 END AS priced,
        CASE WHEN l.amount IS NOT NULL THEN 0
            WHEN l.price IS NOT NULL THEN ABS(l.price)
            ELSE COALESCE(p.price, 0) END AS price,
        CASE WHEN l.amount IS NOT NULL THEN ABS(l.amount)
            WHEN l.price IS NOT NULL THEN ABS(l.quantity)
            ELSE ABS(COALESCE(l.base_quantity, 0)) END AS value
    FROM line l
    LEFT JOIN product p ON p.product_id = l.product_id
    WHERE l.status <> 0 AND l.closed_load IS NULL AND l.status = 1
      AND l.hold_reason IN
        ('unknown_customer', 'ambiguous_customer', 'unknown_product', 'ambiguous_product')
      AND (CAST($1 AS TEXT) IS NULL OR l.distributor_id = $1)
) waiting
GROUP BY distributor_id, hold_reason, kind, ref, priced, price
