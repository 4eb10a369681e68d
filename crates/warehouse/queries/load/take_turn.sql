-- Locks the row until the transaction ends, so that two loads of one distributor take turns.
INSERT INTO distributor_turn (distributor_id, turns) VALUES ($1, 1)
ON CONFLICT (distributor_id) DO UPDATE SET turns = distributor_turn.turns + 1
