-- Also aliases that were taken back; in the form of alias/select.
SELECT alias_id, kind, distributor_id, name, code, spec, maker, unit, target_id, is_ignore,
    factor_numerator, factor_denominator, valid_from, valid_to, origin, decided_by, decided_at
FROM alias WHERE alias_id IN (SELECT value FROM json_each($1))
