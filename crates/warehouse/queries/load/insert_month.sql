INSERT INTO load_month (load_id, distributor_id, kind, business_period, days, reports) VALUES ($1, $2, $3, $4, $5, $6)
