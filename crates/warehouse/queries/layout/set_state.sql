UPDATE layout SET state = $2, decided_by = $3, decided_at = $4 WHERE layout_id = $1
