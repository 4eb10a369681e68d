-- By distributor and accounting month (of which $4 is the last day), of the days $2 to $3: how many
-- records hold, and the versions that opened and ended one last, in one text. Both change whenever one
-- changes.
SELECT distributor_id,
       CASE WHEN day % 100 <= $4 THEN day / 100 WHEN day / 100 % 100 = 12 THEN day / 100 + 89 ELSE day / 100 + 1 END,
       (COUNT(*) - COUNT(to_version)) || ' ' || MAX(from_version) || ' ' || COALESCE(MAX(to_version), 0)
FROM record
WHERE kind = $1 AND day IS NOT NULL AND day BETWEEN $2 AND $3
GROUP BY distributor_id, CASE WHEN day % 100 <= $4 THEN day / 100 WHEN day / 100 % 100 = 12 THEN day / 100 + 89 ELSE day / 100 + 1 END
