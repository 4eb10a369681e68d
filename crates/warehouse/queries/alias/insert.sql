INSERT INTO alias
    (alias_id, kind, distributor_id, name, code, spec, maker, unit, target_id, is_ignore,
    factor_numerator, factor_denominator, valid_from, valid_to, origin, decided_by, decided_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
