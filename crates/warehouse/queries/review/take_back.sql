UPDATE review_decision SET taken_back_by = $2, taken_back_at = $3
WHERE decision_id = $1 AND taken_back_at IS NULL
