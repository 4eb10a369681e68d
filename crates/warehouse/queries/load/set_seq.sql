UPDATE load SET seq = $1 WHERE load_id = $2
