-- Rejections that hold.
SELECT c.decision_id, c.target_id FROM cannot_link c
JOIN review_decision d ON d.decision_id = c.decision_id
WHERE d.taken_back_at IS NULL
ORDER BY c.decision_id, c.target_id
