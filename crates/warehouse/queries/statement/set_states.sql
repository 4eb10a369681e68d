-- $1: a JSON array of statements.
UPDATE statement SET state = $2, decided_by = $3, decided_at = $4, note = $5
WHERE statement_id IN (SELECT value FROM json_each($1))
