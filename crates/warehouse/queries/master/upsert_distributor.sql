INSERT INTO distributor (distributor_id, name, aliases, tier, province, city, expects, active)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (distributor_id) DO UPDATE SET
    name = excluded.name,
    aliases = excluded.aliases,
    tier = excluded.tier,
    province = excluded.province,
    city = excluded.city,
    expects = excluded.expects,
    active = excluded.active
