-- An unchanged day now belongs to the submission that confirmed it.
UPDATE day_snapshot SET submission_id = $4
WHERE distributor_id = $1 AND kind = $2 AND day = $3
