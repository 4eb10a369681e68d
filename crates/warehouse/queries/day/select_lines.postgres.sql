-- The multisets of these days ($3: a JSON array).
SELECT day, lines FROM day_lines
WHERE distributor_id = $1 AND kind = $2
  AND day = ANY (ARRAY(SELECT CAST(value AS INTEGER) FROM json_array_elements_text(CAST($3 AS JSON))))
