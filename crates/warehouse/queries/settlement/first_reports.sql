-- When each distributor reported a kind of a month first. A file reports the month most of its days
-- lie in, and every other month with half as many of them at least, but none by a single day: a line
-- of 31 March in the file of April is late, it does not report March. Stock is reported by any day.
-- The days are those the file speaks for: declared ones, and those of its lines. A file may reach over
-- the ends of the months asked for, so a year more is looked at ahead of them.
WITH compared AS (
    SELECT load_id, distributor_id, kind, business_period, days,
        MAX(days) OVER (PARTITION BY load_id, distributor_id, kind) AS most,
        MAX(business_period) OVER (PARTITION BY load_id, distributor_id, kind) AS newest
    FROM load_month WHERE business_period >= $1 - 100
)
SELECT c.distributor_id, c.kind, c.business_period, MIN(o.at)
FROM compared c
JOIN load o ON o.load_id = c.load_id
JOIN submission s ON s.submission_id = o.submission_id
WHERE c.business_period BETWEEN $1 AND $2
  AND o.kind = 'delivery' AND s.state <> 'undone'
  AND (c.kind = 2 OR (c.days > 1 AND c.days * 2 >= c.most) OR (c.most = 1 AND c.business_period = c.newest))
GROUP BY c.distributor_id, c.kind, c.business_period
