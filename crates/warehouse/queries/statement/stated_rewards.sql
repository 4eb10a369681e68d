-- What the lines about single rewards said, of the same parts; lines of the whole policy have no name,
-- those of corrections the name of a span. Few statements stand while drafts have many lines: CROSS JOIN
-- keeps SQLite from reading all lines first.
SELECT l.statement_id, l.part_no, l.name, l.amount
FROM statement s
CROSS JOIN statement_part p
CROSS JOIN statement_line l
WHERE p.statement_id = s.statement_id
  AND l.statement_id = p.statement_id AND l.part_no = p.part_no
  AND s.state IN ('confirmed', 'paid') AND p.last_period >= $1 AND s.period < $2
  AND l.kind IN ('reward', 'deduction', 'already_paid') AND l.name <> '' AND l.amount IS NOT NULL
