-- What is only known when the load is done.
UPDATE submission SET load_id = $2, state = $3, counts = $4, findings = $5
WHERE submission_id = $1
