-- Every product a distributor ever reported.
SELECT ref, name, code, spec, maker, approval_no, barcode, unit, pack_size
FROM reported_product WHERE distributor_id = $1
