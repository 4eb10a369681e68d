-- Days of loads whose number of feed changes does not fit the lines.
WITH change AS (
    SELECT line_id / 16777216 AS load_id, distributor_id, kind, day, 0 AS deletes, 1 AS inserts
    FROM line WHERE status = 0
    UNION ALL
    SELECT closed_load, distributor_id, kind, day, 1, 0
    FROM line WHERE status = 0 AND closed_load IS NOT NULL
), counted AS (
    SELECT load_id, distributor_id, kind, day, SUM(deletes) AS deletes, SUM(inserts) AS inserts
    FROM change GROUP BY load_id, distributor_id, kind, day
)
SELECT COUNT(*)
FROM counted c
LEFT JOIN load_day y ON y.load_id = c.load_id AND y.distributor_id = c.distributor_id
    AND y.kind = c.kind AND y.day = c.day
LEFT JOIN load o ON o.load_id = c.load_id
WHERE y.load_id IS NULL OR o.seq IS NULL
   OR y.feed_deletes <> c.deletes OR y.feed_inserts <> c.inserts
