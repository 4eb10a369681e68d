SELECT state, who, at, note FROM statement_event WHERE statement_id = $1 ORDER BY event_no
