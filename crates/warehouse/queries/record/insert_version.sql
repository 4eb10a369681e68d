INSERT INTO settings_version
    (version_id, kind, file_name, sha256, rows, added, changed, removed, imported_by, imported_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
