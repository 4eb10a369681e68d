-- One day for undo: what submission $5 has standing in it, and what its load $4 took out of it.
-- A line stands while it is not closed, has no counter-entry and is none.
SELECT line_id, submission_id, status, base_quantity, amount,
    (closed_load IS NULL AND reversed_load IS NULL) AS stands
FROM line
WHERE distributor_id = $1 AND kind = $2 AND day = $3 AND delta <> 1
  AND ((submission_id = $5 AND closed_load IS NULL AND reversed_load IS NULL)
    OR closed_load = $4 OR reversed_load = $4)
ORDER BY line_id
