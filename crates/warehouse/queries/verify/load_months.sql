-- Months of loads whose number of days does not fit the log of days.
SELECT COUNT(*)
FROM (
    SELECT load_id
    FROM (
        SELECT load_id, distributor_id, kind, business_period, COUNT(*) AS days
        FROM load_day GROUP BY load_id, distributor_id, kind, business_period
        UNION ALL
        SELECT load_id, distributor_id, kind, business_period, -days FROM load_month
    ) AS both_ways
    GROUP BY load_id, distributor_id, kind, business_period
    HAVING SUM(days) <> 0
) AS wrong
