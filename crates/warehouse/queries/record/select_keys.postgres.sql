-- What holds now of the keys in $2 (a JSON array).
SELECT record.record_key, record.body
FROM json_array_elements_text(CAST($2 AS JSON)) AS asked (record_key)
JOIN record ON record.record_key = asked.record_key
WHERE record.kind = $1 AND record.to_version IS NULL
