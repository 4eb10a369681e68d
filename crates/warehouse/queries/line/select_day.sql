-- One day for undo: what is part of it now, and what load $4 took out of it.
SELECT line_id, submission_id, content_hash, status, base_quantity, amount,
    (closed_load IS NULL AND reversed_load IS NULL AND delta <> 1) AS stands
FROM line
WHERE distributor_id = $1 AND kind = $2 AND day = $3 AND delta <> 1
  AND ((closed_load IS NULL AND reversed_load IS NULL AND delta <> 1) OR closed_load = $4 OR reversed_load = $4)
ORDER BY line_id
