-- Bases that growth is measured from (核定基数) stand among the targets.
DROP VIEW mart_target;
CREATE VIEW mart_target AS
SELECT
    printf('%04d-%02d', (a.body ->> 'period') / 100, (a.body ->> 'period') % 100) AS period,
    CASE WHEN a.body -> 'owner' ->> 'unit' IS NOT NULL THEN 'unit' WHEN a.body -> 'owner' ->> 'base' IS NOT NULL THEN 'base' ELSE 'distributor' END AS owner_kind,
    COALESCE(a.body -> 'owner' ->> 'unit', a.body -> 'owner' ->> 'distributor', a.body -> 'owner' ->> 'base') AS owner_id,
    a.body ->> 'product_group' AS product_group,
    a.body ->> 'measure' AS measure,
    a.body ->> 'counting_point' AS counting_point,
    (a.body ->> 'value') / 1000000.0 AS value,
    a.body ->> 'value' AS value_micros
FROM (SELECT body FROM record WHERE kind = 'target' AND to_version IS NULL) a;
