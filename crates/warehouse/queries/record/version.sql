-- The newest version; 0 while there is none.
SELECT COALESCE(MAX(version_id), 0) FROM settings_version
