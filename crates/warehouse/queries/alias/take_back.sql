UPDATE alias SET taken_back_by = $2, taken_back_at = $3
WHERE alias_id = $1 AND taken_back_at IS NULL
