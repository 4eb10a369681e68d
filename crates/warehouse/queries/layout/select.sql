SELECT layout_id, distributor_id, layout, state, submission_id, decided_by, decided_at
FROM layout
WHERE (CAST($1 AS TEXT) IS NULL OR distributor_id = $1) AND (CAST($2 AS BIGINT) IS NULL OR layout_id = $2)
ORDER BY distributor_id, layout_id
