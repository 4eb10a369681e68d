INSERT INTO reported_party (distributor_id, ref, name, code, address, city, tax_id)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (distributor_id, ref) DO NOTHING
