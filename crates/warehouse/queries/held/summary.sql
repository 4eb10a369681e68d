-- Held lines by what they wait for: customer reasons by reported customer, others by product.
-- Amounts are summed as whole yuan and remainder, so that no sum can overflow.
SELECT distributor_id, hold_reason, kind, name, code, spec, maker, unit,
    COUNT(*),
    CAST(SUM(CASE WHEN amount < 0 THEN -(amount / 1000000) ELSE amount / 1000000 END) AS BIGINT),
    CAST(SUM(CASE WHEN amount < 0 THEN -(amount % 1000000) ELSE amount % 1000000 END) AS BIGINT),
    MIN(day), MAX(day)
FROM (
    SELECT l.distributor_id, l.hold_reason, l.kind, l.day, COALESCE(l.amount, 0) AS amount,
        CASE WHEN l.hold_reason IN ('unknown_customer', 'ambiguous_customer')
            THEN COALESCE(c.name, '') ELSE COALESCE(p.name, '') END AS name,
        CASE WHEN l.hold_reason IN ('unknown_customer', 'ambiguous_customer')
            THEN COALESCE(c.code, '') ELSE COALESCE(p.code, '') END AS code,
        CASE WHEN l.hold_reason IN ('unknown_customer', 'ambiguous_customer')
            THEN '' ELSE COALESCE(p.spec, '') END AS spec,
        CASE WHEN l.hold_reason IN ('unknown_customer', 'ambiguous_customer')
            THEN '' ELSE COALESCE(p.maker, '') END AS maker,
        CASE WHEN l.hold_reason IN ('unknown_customer', 'ambiguous_customer')
            THEN '' ELSE COALESCE(p.unit, '') END AS unit
    FROM line l
    LEFT JOIN reported_party c ON c.distributor_id = l.distributor_id AND c.ref = l.party_ref
    LEFT JOIN reported_product p ON p.distributor_id = l.distributor_id AND p.ref = l.product_ref
    WHERE l.status <> 0 AND l.closed_load IS NULL AND l.status = 1
      AND (CAST($1 AS TEXT) IS NULL OR l.distributor_id = $1)
      AND (CAST($2 AS TEXT) IS NULL OR l.hold_reason = $2)
      AND (CAST($3 AS BIGINT) IS NULL OR l.submission_id = $3)
) waiting
GROUP BY distributor_id, hold_reason, kind, name, code, spec, maker, unit
