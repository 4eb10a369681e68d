-- Months of loads whose number of days, or whether they are reported by it (see load_month), does not fit
-- the log of days.
WITH logged AS (
    SELECT load_id, distributor_id, kind, business_period, COUNT(*) AS days
    FROM load_day GROUP BY load_id, distributor_id, kind, business_period
), file AS (
    SELECT load_id, distributor_id, kind, MAX(days) AS most, MAX(business_period) AS newest
    FROM logged GROUP BY load_id, distributor_id, kind
)
SELECT COUNT(*)
FROM (
    SELECT load_id
    FROM (
        SELECT g.load_id, g.distributor_id, g.kind, g.business_period, g.days,
            CASE WHEN o.kind = 'delivery' AND (
                g.kind = 2 OR (g.days > 1 AND g.days * 2 >= f.most) OR (f.most = 1 AND g.business_period = f.newest)
            ) THEN 1 ELSE 0 END AS reports
        FROM logged g
        JOIN file f ON f.load_id = g.load_id AND f.distributor_id = g.distributor_id AND f.kind = g.kind
        JOIN load o ON o.load_id = g.load_id
        UNION ALL
        SELECT load_id, distributor_id, kind, business_period, -days, -reports FROM load_month
    ) AS both_ways
    GROUP BY load_id, distributor_id, kind, business_period
    HAVING SUM(days) <> 0 OR SUM(reports) <> 0
) AS wrong
