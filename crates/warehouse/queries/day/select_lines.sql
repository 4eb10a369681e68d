-- The multisets of these days ($3: a JSON array).
SELECT day, lines FROM day_lines
WHERE distributor_id = $1 AND kind = $2 AND day IN (SELECT value FROM json_each($3))
