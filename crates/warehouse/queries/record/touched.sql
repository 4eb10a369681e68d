-- By distributor and accounting month (of which $4 is the last day), of the days $2 to $3: how many
-- records hold, and the versions that opened and ended one last, in one text. Both change whenever one
-- changes.
-- Month by month through each owner's part of the index: what lies side by side there need not be sorted.
-- MATERIALIZED, or SQLite asks twice, once for the condition.
WITH RECURSIVE month (number, opens, ends) AS (
    SELECT CASE WHEN $2 % 100 <= $4 THEN $2 / 100 WHEN $2 / 100 % 100 = 12 THEN $2 / 100 + 89 ELSE $2 / 100 + 1 END, $2,
           CASE WHEN $2 % 100 <= $4 THEN $2 / 100 WHEN $2 / 100 % 100 = 12 THEN $2 / 100 + 89 ELSE $2 / 100 + 1 END * 100 + $4
    UNION ALL
    SELECT number + CASE WHEN number % 100 = 12 THEN 89 ELSE 1 END, ends + 1,
           (number + CASE WHEN number % 100 = 12 THEN 89 ELSE 1 END) * 100 + $4
    FROM month WHERE ends < $3
), owner AS (
    SELECT DISTINCT distributor_id FROM record WHERE kind = $1 AND day IS NOT NULL
), seen AS MATERIALIZED (
    SELECT o.distributor_id, m.number, (
        SELECT (COUNT(*) - COUNT(r.to_version)) || ' ' || MAX(r.from_version) || ' ' || COALESCE(MAX(r.to_version), 0)
        FROM record r
        WHERE r.kind = $1 AND r.distributor_id = o.distributor_id AND r.day IS NOT NULL
          AND r.day BETWEEN m.opens AND MIN(m.ends, $3)
    ) AS versions
    FROM owner o CROSS JOIN month m
)
SELECT distributor_id, number, versions FROM seen WHERE versions IS NOT NULL
