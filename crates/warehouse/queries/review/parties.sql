-- Every party a distributor ever reported.
SELECT ref, name, code, address, city, tax_id FROM reported_party WHERE distributor_id = $1
