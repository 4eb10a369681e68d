SELECT distributor_id, name, aliases, tier, province, city, expects, active
FROM distributor ORDER BY distributor_id
