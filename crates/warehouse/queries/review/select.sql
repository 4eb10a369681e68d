-- Every decision in order, with the proposal it made.
SELECT d.decision_id, d.action, d.kind, d.distributor_id, d.name, d.code, d.spec, d.maker,
    d.target_id, d.alias_id, d.note, d.origin, d.decided_by, d.decided_at,
    d.taken_back_by, d.taken_back_at, p.fields
FROM review_decision d
LEFT JOIN master_proposal p ON p.decision_id = d.decision_id
ORDER BY d.decision_id
