INSERT INTO statement_line (statement_id, line_no, part_no, kind, name, exact, amount, held) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
