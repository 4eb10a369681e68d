-- $2: references as a JSON array.
SELECT ref, raw, lot, expiry_raw, expiry, by_month, expiry_rule, mfg FROM reported_lot
WHERE distributor_id = $1 AND ref IN (SELECT value FROM json_each($2))
