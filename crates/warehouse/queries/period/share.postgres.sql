-- Loads share this lock; closing a period (period/lock) waits for them and keeps them out.
LOCK TABLE period IN ROW SHARE MODE
