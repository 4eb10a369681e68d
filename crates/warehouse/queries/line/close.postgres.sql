UPDATE line SET closed_load = $5
WHERE distributor_id = $1 AND kind = $2 AND day = $3 AND line_id = ANY (ARRAY(SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($4 AS JSON))))
