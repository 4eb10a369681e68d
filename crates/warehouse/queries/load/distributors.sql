-- Every distributor that ever loaded something.
SELECT distributor_id FROM distributor_turn ORDER BY distributor_id
