INSERT INTO fold (distributor_id, kind, business_period, booking_period, entry_count, entries_hash, entries) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (distributor_id, kind, business_period, booking_period) DO UPDATE
SET entry_count = excluded.entry_count, entries_hash = excluded.entries_hash, entries = excluded.entries
