UPDATE source_visit SET finished_at = $2, arrivals = $3, seen_before = $4, finding = $5
WHERE visit_id = $1
