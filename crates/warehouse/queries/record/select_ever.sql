-- Every state a record of this kind ever had.
SELECT record_key, body FROM record WHERE kind = $1
