UPDATE submission SET state = $2 WHERE submission_id = $1
