UPDATE line SET closed_load = $5
WHERE distributor_id = $1 AND kind = $2 AND day = $3 AND line_id IN (SELECT value FROM json_each($4))
