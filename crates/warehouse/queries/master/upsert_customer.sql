INSERT INTO customer (customer_id, name, role, level, province, city, county, address, tax_id, code, active)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (customer_id) DO UPDATE SET
    name = excluded.name,
    role = excluded.role,
    level = excluded.level,
    province = excluded.province,
    city = excluded.city,
    county = excluded.county,
    address = excluded.address,
    tax_id = excluded.tax_id,
    code = excluded.code,
    active = excluded.active
