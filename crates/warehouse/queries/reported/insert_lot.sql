INSERT INTO reported_lot (distributor_id, ref, raw, lot, expiry_raw, expiry, by_month, expiry_rule, mfg)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (distributor_id, ref) DO NOTHING
