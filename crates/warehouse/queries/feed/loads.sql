-- Loads from a place in the feed on.
SELECT load_id, seq FROM load WHERE seq >= $1 ORDER BY seq LIMIT $2
