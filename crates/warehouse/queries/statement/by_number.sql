SELECT statement_id FROM statement WHERE number = $1
