-- The day returns to "never reported"; its lines stay, closed.
DELETE FROM day_snapshot WHERE distributor_id = $1 AND kind = $2 AND day = $3
