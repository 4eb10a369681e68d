-- SQLite has no COPY; it uses line/insert.
SELECT 0
