-- The next event of each statement in $1 (a JSON array).
INSERT INTO statement_event (statement_id, event_no, state, who, at, note)
SELECT asked.value, COALESCE((SELECT MAX(e.event_no) FROM statement_event e WHERE e.statement_id = asked.value), 0) + 1, $2, $3, $4, $5
FROM json_each($1) AS asked
