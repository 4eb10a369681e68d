INSERT INTO submission
    (distributor_id, source, file_name, artifact, bytes, received_at, run_id, state, duplicate_of,
     counts, findings)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
RETURNING submission_id
