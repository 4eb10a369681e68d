-- 1 when a submission counts and every day it spoke for is still its own: then the same lines again
-- change nothing.
SELECT COUNT(*)
FROM submission s
WHERE s.submission_id = $1 AND s.state IN ('loaded', 'unchanged')
  AND EXISTS (SELECT 1 FROM load_day y WHERE y.load_id = s.load_id)
  AND NOT EXISTS (
    SELECT 1
    FROM load_day y
    LEFT JOIN day_snapshot d
        ON d.distributor_id = y.distributor_id AND d.kind = y.kind AND d.day = y.day
    WHERE y.load_id = s.load_id
      AND (d.submission_id IS NULL OR d.submission_id <> s.submission_id))
