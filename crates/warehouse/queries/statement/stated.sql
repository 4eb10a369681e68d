-- What parties were told: parts of statements that stand, for spans that end in or after $1, stated in
-- months before $2.
SELECT s.party_id, s.period, s.statement_id, p.part_no, p.policy, p.first_period, p.last_period, p.prior, p.total, p.carry,
       p.records_hash, c.settings_version
FROM statement s
JOIN settlement c ON c.settlement_id = s.settlement_id
JOIN statement_part p ON p.statement_id = s.statement_id
WHERE s.state IN ('confirmed', 'paid') AND p.last_period >= $1 AND s.period < $2
