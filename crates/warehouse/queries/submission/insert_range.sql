INSERT INTO submission_range (submission_id, distributor_id, kind, first_day, last_day, declared)
VALUES ($1, $2, $3, $4, $5, $6)
