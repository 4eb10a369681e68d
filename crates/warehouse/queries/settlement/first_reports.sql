-- When each distributor delivered a kind for a month first: looked up month by month, because a
-- month is delivered many times.
WITH RECURSIVE month (period) AS (
    SELECT CAST($1 AS INTEGER)
    UNION ALL
    SELECT CASE WHEN period % 100 = 12 THEN period + 89 ELSE period + 1 END FROM month WHERE period < $2
), report (distributor_id, kind, period, at) AS MATERIALIZED (
    SELECT t.distributor_id, k.kind, m.period,
           (SELECT o.at FROM load_day y
            JOIN load o ON o.load_id = y.load_id
            JOIN submission s ON s.submission_id = o.submission_id
            WHERE y.distributor_id = t.distributor_id AND y.kind = k.kind AND y.business_period = m.period
              AND o.kind = 'delivery' AND s.state <> 'undone'
            ORDER BY y.load_id LIMIT 1)
    FROM distributor_turn t
    CROSS JOIN (SELECT 0 AS kind UNION ALL SELECT 1 UNION ALL SELECT 2) k
    CROSS JOIN month m
    WHERE EXISTS (SELECT 1 FROM load_day y WHERE y.distributor_id = t.distributor_id AND y.kind = k.kind)
)
SELECT distributor_id, kind, period, at FROM report WHERE at IS NOT NULL
