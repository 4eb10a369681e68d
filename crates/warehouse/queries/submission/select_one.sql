SELECT s.submission_id, s.distributor_id, d.name, s.source, s.file_name, s.artifact, s.bytes,
    s.received_at, s.run_id, s.load_id, s.state, s.duplicate_of, s.counts, s.findings
FROM submission s
LEFT JOIN distributor d ON d.distributor_id = s.distributor_id
WHERE s.submission_id = $1
