-- Whether a customer, a product and a distributor are in the master data; an empty id is no question.
SELECT
    CASE WHEN CAST($1 AS TEXT) = '' OR EXISTS (SELECT 1 FROM customer WHERE customer_id = CAST($1 AS TEXT)) THEN 1 ELSE 0 END,
    CASE WHEN CAST($2 AS TEXT) = '' OR EXISTS (SELECT 1 FROM product WHERE product_id = CAST($2 AS TEXT)) THEN 1 ELSE 0 END,
    CASE WHEN CAST($3 AS TEXT) = '' OR EXISTS (SELECT 1 FROM distributor WHERE distributor_id = CAST($3 AS TEXT)) THEN 1 ELSE 0 END
