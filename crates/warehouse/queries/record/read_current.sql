-- All words of a kind in one row, with commas between them: many rows cost more than their words.
SELECT COALESCE(string_agg(body, ','), '') FROM record WHERE kind = $1 AND to_version IS NULL
