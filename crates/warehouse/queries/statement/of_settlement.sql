-- The statements of month $1 that computation $2 stored.
SELECT party_id, statement_id FROM statement WHERE period = $1 AND settlement_id = $2
