INSERT INTO statement (number, party_id, period, state, total, held_lines, provisional, settlement_id, content_hash, inputs_hash, decided_by, decided_at, note)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
