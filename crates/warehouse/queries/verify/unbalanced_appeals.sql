SELECT COUNT(*) FROM (
    SELECT 1 FROM appeal_row GROUP BY appeal_id, pair
    HAVING COUNT(*) <> 2 OR SUM(sign) <> 0 OR SUM(quantity) <> 0 OR SUM(amount) <> 0
) x
