SELECT part_no, policy, policy_name, policy_hash, first_period, last_period, prior, total, carry, records_hash, figures, evaluation
FROM statement_part WHERE statement_id = $1 ORDER BY part_no
