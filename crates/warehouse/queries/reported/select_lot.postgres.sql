-- $2: references as a JSON array.
SELECT ref, raw, lot, expiry_raw, expiry, by_month, expiry_rule, mfg FROM reported_lot
WHERE distributor_id = $1 AND ref IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($2 AS JSON)))
