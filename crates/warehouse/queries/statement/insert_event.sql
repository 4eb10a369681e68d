INSERT INTO statement_event (statement_id, event_no, state, who, at, note)
SELECT $1, COALESCE(MAX(event_no), 0) + 1, $2, $3, $4, $5 FROM statement_event WHERE statement_id = $1
