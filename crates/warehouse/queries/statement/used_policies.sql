SELECT DISTINCT p.policy FROM statement s JOIN statement_part p ON p.statement_id = s.statement_id
WHERE s.state IN ('confirmed', 'paid')
