INSERT INTO collected (source, path, size, mtime_ns, artifact, submission_id)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (source, path) DO UPDATE SET
    size = excluded.size, mtime_ns = excluded.mtime_ns, artifact = excluded.artifact,
    submission_id = excluded.submission_id
