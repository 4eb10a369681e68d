SELECT line_id FROM line
WHERE distributor_id = $1 AND kind = $2 AND day = $3 AND made_from = $4
ORDER BY line_id
