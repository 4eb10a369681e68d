SELECT COUNT(*) FROM statement WHERE period = $1 AND party_id = $2
