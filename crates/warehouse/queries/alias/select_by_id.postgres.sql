-- Also aliases that were taken back; in the form of alias/select.
SELECT alias_id, kind, distributor_id, name, code, spec, maker, unit, target_id, is_ignore,
    factor_numerator, factor_denominator, valid_from, valid_to, origin, decided_by, decided_at
FROM alias WHERE alias_id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS JSON)))
