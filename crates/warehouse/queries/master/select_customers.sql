SELECT customer_id, name, role, level, province, city, county, address, tax_id, code, active FROM customer
