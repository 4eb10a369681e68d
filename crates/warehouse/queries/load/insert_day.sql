INSERT INTO load_day
    (load_id, distributor_id, kind, day, submission_id, previous_submission_id, feed_deletes,
     feed_inserts, restated, business_period, booking_period, added, removed, modified,
     quantity_before, quantity_after, amount_before, amount_after, days_late)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
