SELECT COUNT(*) FROM (SELECT 1 FROM line WHERE booking_period = $1 AND closed_load IS NULL LIMIT 1) x
