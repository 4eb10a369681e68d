-- Whoever asks holds the lock on the aliases.
SELECT COALESCE(MAX(judgement_id), 0) + 1 FROM audit_judgement
