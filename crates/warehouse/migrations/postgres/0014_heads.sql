-- What is asked of folds without their entries: an index that holds all of it, beside the wide rows.
CREATE INDEX fold_heads ON fold (distributor_id, kind, business_period, booking_period, entries_hash, line_count, amount);
