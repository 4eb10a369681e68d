SELECT day, submission_id, day_hash, line_count, base_quantity, amount
FROM day_snapshot
WHERE distributor_id = $1 AND kind = $2 AND day BETWEEN $3 AND $4
