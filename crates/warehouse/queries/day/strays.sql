-- Lines of a day that a delivery like this one put there from outside its own declared range: a new
-- version of that delivery may take them back, nobody else's lines of that day.
SELECT l.line_id
FROM line l
JOIN submission_range r ON r.submission_id = l.submission_id AND r.kind = l.kind
WHERE l.distributor_id = $1 AND l.kind = $2 AND l.day = $3
  AND l.closed_load IS NULL AND l.reversed_load IS NULL AND l.delta <> 1
  AND r.declared = 1
  AND (l.day < r.first_day OR l.day > r.last_day)
  -- the ranges overlap
  AND r.first_day <= $5 AND r.last_day >= $4
