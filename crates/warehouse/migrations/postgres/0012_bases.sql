-- Bases that growth is measured from (核定基数) stand among the targets.
CREATE OR REPLACE VIEW mart_target AS
SELECT
    to_char(CAST(a.body ->> 'period' AS INT) / 100, 'FM0000') || '-' || to_char(CAST(a.body ->> 'period' AS INT) % 100, 'FM00') AS period,
    CASE WHEN a.body -> 'owner' ->> 'unit' IS NOT NULL THEN 'unit' WHEN a.body -> 'owner' ->> 'base' IS NOT NULL THEN 'base' ELSE 'distributor' END AS owner_kind,
    COALESCE(a.body -> 'owner' ->> 'unit', a.body -> 'owner' ->> 'distributor', a.body -> 'owner' ->> 'base') AS owner_id,
    a.body ->> 'product_group' AS product_group,
    a.body ->> 'measure' AS measure,
    a.body ->> 'counting_point' AS counting_point,
    CAST(CAST(a.body ->> 'value' AS NUMERIC) / 1000000 AS NUMERIC(20, 6)) AS value,
    CAST(a.body ->> 'value' AS BIGINT) AS value_micros
FROM (SELECT CAST(body AS jsonb) AS body FROM record WHERE kind = 'target' AND to_version IS NULL) a;
