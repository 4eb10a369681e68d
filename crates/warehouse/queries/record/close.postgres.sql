-- A join looks every key up; an array in a condition would be searched for every record.
UPDATE record SET to_version = $3
FROM json_array_elements_text(CAST($2 AS JSON)) AS ended (record_key)
WHERE record.kind = $1 AND record.to_version IS NULL AND record.record_key = ended.record_key
