-- How the statements of month $1 that computation $2 stored began.
INSERT INTO statement_event (statement_id, event_no, state, who, at, note)
SELECT statement_id, 1, state, decided_by, decided_at, note FROM statement WHERE period = $1 AND settlement_id = $2
