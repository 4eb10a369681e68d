-- Also aliases that were taken back; in the form of alias/select.
SELECT '[' || string_agg(CAST(json_build_array(alias_id, kind, distributor_id, name, code, spec, maker, unit, target_id,
    is_ignore <> 0, factor_numerator, factor_denominator, valid_from, valid_to,
    origin, decided_by, decided_at) AS TEXT), ',') || ']'
FROM alias WHERE alias_id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS JSON)))
GROUP BY alias_id / 1000
