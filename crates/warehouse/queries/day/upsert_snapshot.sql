INSERT INTO day_snapshot
    (distributor_id, kind, day, submission_id, day_hash, line_count, base_quantity, amount)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (distributor_id, kind, day) DO UPDATE SET
    submission_id = excluded.submission_id, day_hash = excluded.day_hash,
    line_count = excluded.line_count, base_quantity = excluded.base_quantity,
    amount = excluded.amount
