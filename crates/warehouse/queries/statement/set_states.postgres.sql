-- $1: a JSON array of statements.
UPDATE statement SET state = $2, decided_by = $3, decided_at = $4, note = $5
WHERE statement_id = ANY (ARRAY(SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS JSON))))
