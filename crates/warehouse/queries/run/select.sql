-- Newest first, without those of the command $2. A run that was killed has no end and no outcome.
SELECT run_id, command, started_at, finished_at, COALESCE(outcome, 'null')
FROM run WHERE command <> $2 ORDER BY run_id DESC LIMIT $1
