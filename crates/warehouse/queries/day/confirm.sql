-- Unchanged days ($3: a JSON array) now belong to the submission that confirmed them.
UPDATE day_snapshot SET submission_id = $4
WHERE distributor_id = $1 AND kind = $2 AND day IN (SELECT value FROM json_each($3))
