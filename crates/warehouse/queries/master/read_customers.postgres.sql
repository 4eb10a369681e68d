-- All customers in one row, each a JSON array: many rows cost more than what they say.
SELECT COALESCE(string_agg(CAST(json_build_array(customer_id, name, role, level, province, city, county, address, tax_id, code, active) AS TEXT), ','), '')
FROM customer
