-- 1 when there are lines that count and no fold: the tables are older than the fold.
SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM fold)
             AND EXISTS (SELECT 1 FROM line WHERE status = 0 AND closed_load IS NULL) THEN 1 ELSE 0 END
