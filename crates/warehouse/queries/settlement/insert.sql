INSERT INTO settlement (period, at, who, settings_version, as_of_load, provisional, gates) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING settlement_id
