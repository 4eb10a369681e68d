-- Rows of approved appeals in months; a null parameter is no condition.
-- $1: kind; $2..$3: business periods; $4..$5: booking periods; $6: distributors (a JSON array); $7: appeal; $8: line.
SELECT appeal_id, pair, sign, line_id, distributor_id, flow_kind, business_period, booking_period,
    customer_id, product_id, day, flags, post_id, excluded, quantity, amount
FROM appeal_row
WHERE (CAST($1 AS BIGINT) IS NULL OR flow_kind = $1)
  AND business_period BETWEEN $2 AND $3 AND booking_period BETWEEN $4 AND $5
  AND ($6 IS NULL OR distributor_id IN (SELECT value FROM json_each($6)))
  AND (CAST($7 AS BIGINT) IS NULL OR appeal_id = $7)
  AND (CAST($8 AS BIGINT) IS NULL OR line_id = $8)
ORDER BY appeal_id, pair, sign
