-- Days on which a load made or ended accepted lines, with the number of changes.
SELECT distributor_id, kind, day, feed_deletes + feed_inserts
FROM load_day
WHERE load_id = $1 AND feed_deletes + feed_inserts > 0
ORDER BY distributor_id, kind, day
