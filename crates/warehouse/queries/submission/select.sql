-- Newest first; a null parameter is no condition.
SELECT s.submission_id, s.distributor_id, d.name, s.source, s.file_name, s.artifact, s.bytes,
    s.received_at, s.run_id, s.load_id, s.state, s.duplicate_of, s.counts, s.findings
FROM submission s
LEFT JOIN distributor d ON d.distributor_id = s.distributor_id
WHERE (CAST($1 AS TEXT) IS NULL OR s.distributor_id = $1)
  AND (CAST($2 AS TEXT) IS NULL OR s.state = $2)
  AND (CAST($3 AS BIGINT) IS NULL OR s.run_id = $3)
ORDER BY s.submission_id DESC
LIMIT $4
