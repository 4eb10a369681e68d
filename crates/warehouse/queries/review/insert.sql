INSERT INTO review_decision
    (decision_id, action, kind, distributor_id, name, code, spec, maker, target_id, alias_id,
    note, origin, decided_by, decided_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
