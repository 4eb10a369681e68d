-- Whoever asks holds the lock on the table.
SELECT COALESCE(MAX(alias_id), 0) + 1 FROM alias
