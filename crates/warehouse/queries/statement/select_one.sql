SELECT statement_id, number, party_id, period, state, total, held_lines, provisional, settlement_id, content_hash, inputs_hash, decided_by, decided_at, note
FROM statement WHERE statement_id = $1
