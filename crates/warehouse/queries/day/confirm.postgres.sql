-- Unchanged days ($3: a JSON array) now belong to the submission that confirmed them.
UPDATE day_snapshot SET submission_id = $4
WHERE distributor_id = $1 AND kind = $2
  AND day = ANY (ARRAY(SELECT CAST(value AS INTEGER) FROM json_array_elements_text(CAST($3 AS JSON))))
