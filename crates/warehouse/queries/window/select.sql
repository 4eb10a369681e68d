-- What was done by hand last, per window.
SELECT w.name, w.opened, w.decided_by, w.decided_at FROM period_window w
WHERE w.period = $1
  AND w.step = (SELECT MAX(step) FROM period_window WHERE period = w.period AND name = w.name)
