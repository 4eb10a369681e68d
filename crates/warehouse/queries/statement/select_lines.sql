SELECT line_no, part_no, kind, name, exact, amount, held FROM statement_line WHERE statement_id = $1 ORDER BY line_no
