-- Waits for every load in progress and keeps new ones out.
LOCK TABLE period IN EXCLUSIVE MODE
