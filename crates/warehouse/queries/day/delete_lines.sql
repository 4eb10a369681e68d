DELETE FROM day_lines WHERE distributor_id = $1 AND kind = $2 AND day = $3
