-- $1: period or NULL; $2: party or NULL; $3: state or NULL; superseded ones only when asked for.
SELECT statement_id, number, party_id, period, state, total, held_lines, provisional, settlement_id, content_hash, inputs_hash, decided_by, decided_at, note
FROM statement
WHERE (CAST($1 AS INTEGER) IS NULL OR period = CAST($1 AS INTEGER))
  AND (CAST($2 AS TEXT) IS NULL OR party_id = CAST($2 AS TEXT))
  AND (state = CAST($3 AS TEXT) OR CAST($3 AS TEXT) IS NULL AND state <> 'superseded')
