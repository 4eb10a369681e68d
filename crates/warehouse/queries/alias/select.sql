-- Aliases in force; a null parameter is no condition. An alias for all has an empty distributor.
SELECT alias_id, kind, distributor_id, name, code, spec, maker, unit, target_id, is_ignore,
    factor_numerator, factor_denominator, valid_from, valid_to, origin, decided_by, decided_at
FROM alias
WHERE taken_back_at IS NULL
  AND (CAST($1 AS TEXT) IS NULL OR kind = $1)
  AND (CAST($2 AS TEXT) IS NULL OR distributor_id = $2 OR distributor_id = '')
  AND (CAST($3 AS TEXT) IS NULL OR target_id = $3)
