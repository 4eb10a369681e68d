INSERT INTO reported_product (distributor_id, ref, name, code, spec, maker, approval_no, barcode, unit, pack_size)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (distributor_id, ref) DO NOTHING
