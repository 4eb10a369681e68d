-- Whether the migrator has ever been here: 1 or 0.
SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'
