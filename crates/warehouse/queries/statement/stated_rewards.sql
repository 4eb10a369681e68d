-- What the lines about single rewards said, of the same parts; lines of the whole policy have no name,
-- those of corrections the name of a span.
SELECT l.statement_id, l.part_no, l.name, l.amount
FROM statement s
JOIN statement_part p ON p.statement_id = s.statement_id
JOIN statement_line l ON l.statement_id = p.statement_id AND l.part_no = p.part_no
WHERE s.state IN ('confirmed', 'paid') AND p.last_period >= $1 AND s.period < $2
  AND l.kind IN ('reward', 'deduction', 'already_paid') AND l.name <> '' AND l.amount IS NOT NULL
