SELECT version_id, kind, file_name, sha256, rows, added, changed, removed, imported_by, imported_at
FROM settings_version ORDER BY version_id
