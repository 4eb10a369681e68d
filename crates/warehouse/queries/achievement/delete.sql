DELETE FROM achievement WHERE period = $1 AND organisation = $2
