-- The last visits of every source, newest first.
SELECT v.visit_id, v.run_id, v.source, v.started_at, v.finished_at, v.arrivals, v.seen_before, v.finding
FROM source_visit v
WHERE $1 > (SELECT COUNT(*) FROM source_visit later
            WHERE later.source = v.source AND later.visit_id > v.visit_id)
ORDER BY v.visit_id DESC
