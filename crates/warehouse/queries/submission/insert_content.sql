INSERT INTO submission_content (submission_id, distributor_id, bodies, digest)
VALUES ($1, $2, $3, $4)
