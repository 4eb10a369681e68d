INSERT INTO fold (distributor_id, kind, business_period, booking_period, entry_count, line_count, amount, entries_hash, entries) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (distributor_id, kind, business_period, booking_period) DO UPDATE
SET entry_count = excluded.entry_count, line_count = excluded.line_count, amount = excluded.amount,
    entries_hash = excluded.entries_hash, entries = excluded.entries
