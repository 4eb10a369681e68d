-- A line is part of its day while it is not closed, has no counter-entry and is none.
SELECT distributor_id, kind, day, content_hash, line_id, status, base_quantity, amount
FROM line
WHERE closed_load IS NULL AND reversed_load IS NULL AND delta <> 1
ORDER BY distributor_id, kind, day, content_hash, line_id
