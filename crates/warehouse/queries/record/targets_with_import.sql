-- Targets of the distributor $3 and the bases its growth is measured from, as they held at version $2, with
-- the import that brought each.
SELECT r.body, v.version_id, v.file_name, v.imported_by, v.imported_at
FROM record r JOIN settings_version v ON v.version_id = r.from_version
WHERE r.kind = $1 AND r.owner_id IS NOT NULL AND r.owner_id = $3
  AND r.from_version <= $2 AND (r.to_version IS NULL OR r.to_version > $2)
