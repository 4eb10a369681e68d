-- Whether the migrator has ever been here: 1 or 0.
SELECT COUNT(*) FROM information_schema.tables
WHERE table_schema = current_schema() AND table_name = '_sqlx_migrations'
