SELECT COUNT(*) FROM line WHERE status <> 0 AND closed_load IS NULL AND status = 1
