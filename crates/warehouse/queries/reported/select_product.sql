-- $2: references as a JSON array.
SELECT ref, name, code, spec, maker, approval_no, barcode, unit, pack_size FROM reported_product
WHERE distributor_id = $1 AND ref IN (SELECT value FROM json_each($2))
