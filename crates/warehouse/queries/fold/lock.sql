-- SQLite has one writer: nothing to lock.
SELECT 0
