-- Days outside their own declared range that earlier versions of a delivery put lines on.
SELECT DISTINCT d.day
FROM submission_range r
JOIN submission s ON s.submission_id = r.submission_id
JOIN load_day d
  ON d.load_id = s.load_id AND d.distributor_id = r.distributor_id AND d.kind = r.kind
WHERE r.distributor_id = $1 AND r.kind = $2
  AND r.declared = 1
  -- the ranges overlap: it is an earlier version
  AND r.first_day <= $4 AND r.last_day >= $3
  AND (d.day < r.first_day OR d.day > r.last_day)
  -- days inside the new range are spoken for anyway
  AND (d.day < $3 OR d.day > $4)
ORDER BY d.day
