-- Every step of a month, by post.
SELECT period, post_id, step, state, deadline, by_default, note, decided_by, decided_at
FROM confirmation WHERE period = $1 ORDER BY post_id, step
