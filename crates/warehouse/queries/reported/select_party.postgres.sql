-- $2: references as a JSON array.
SELECT ref, name, code, address, city, tax_id FROM reported_party
WHERE distributor_id = $1 AND ref IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($2 AS JSON)))
