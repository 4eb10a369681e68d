-- Whoever asks holds the lock on the periods.
SELECT COALESCE(MAX(appeal_id), 0) + 1 FROM appeal
