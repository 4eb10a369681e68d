-- The next event of each statement in $1 (a JSON array).
INSERT INTO statement_event (statement_id, event_no, state, who, at, note)
SELECT asked.id, COALESCE((SELECT MAX(e.event_no) FROM statement_event e WHERE e.statement_id = asked.id), 0) + 1, $2, $3, $4, $5
FROM (SELECT CAST(value AS BIGINT) AS id FROM json_array_elements_text(CAST($1 AS JSON))) AS asked
