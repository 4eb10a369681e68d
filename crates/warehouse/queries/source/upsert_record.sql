INSERT INTO source_record (source, path, size, mtime_ns, artifact, imported_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (source, path) DO UPDATE SET
    size = excluded.size, mtime_ns = excluded.mtime_ns, artifact = excluded.artifact,
    imported_at = excluded.imported_at
