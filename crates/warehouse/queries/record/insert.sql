INSERT INTO record (kind, record_key, day, distributor_id, body, from_version)
VALUES ($1, $2, $3, $4, $5, $6)
