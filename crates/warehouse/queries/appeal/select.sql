-- Appeals with the decision that holds and whether their line still counts; a null parameter is no
-- condition. $1: appeal; $2: line; $3: state; $4: a month the line or the appeal counts in.
SELECT a.appeal_id, a.kind, a.line_id, a.distributor_id, a.flow_kind, a.day, a.business_period, a.booking_period,
    a.customer_id, a.product_id, a.quantity, a.to_distributor, a.to_customer, a.to_product, a.to_post, a.to_period,
    a.reason, a.opened_by, a.opened_at,
    COALESCE(d.state, 'open'), d.note, d.decided_by, d.decided_at,
    CASE WHEN l.status = 0 AND l.delta <> 1 AND l.closed_load IS NULL AND l.reversed_load IS NULL THEN 1 ELSE 0 END
FROM appeal a
LEFT JOIN appeal_decision d ON d.appeal_id = a.appeal_id
    AND d.step = (SELECT MAX(step) FROM appeal_decision WHERE appeal_id = a.appeal_id)
LEFT JOIN line l ON l.distributor_id = a.distributor_id AND l.kind = a.flow_kind AND l.day = a.day AND l.line_id = a.line_id
WHERE (CAST($1 AS BIGINT) IS NULL OR a.appeal_id = $1)
  AND (CAST($2 AS BIGINT) IS NULL OR a.line_id = $2)
  AND (CAST($3 AS TEXT) IS NULL OR COALESCE(d.state, 'open') = CAST($3 AS TEXT))
  AND (CAST($4 AS BIGINT) IS NULL OR a.booking_period = $4 OR a.to_period = $4
       OR EXISTS (SELECT 1 FROM appeal_row r WHERE r.appeal_id = a.appeal_id AND r.booking_period = $4))
ORDER BY a.appeal_id
