-- Whoever asks holds the lock on the aliases.
SELECT COALESCE(MAX(decision_id), 0) + 1 FROM review_decision
