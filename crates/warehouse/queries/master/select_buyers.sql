-- What policies ask about customers.
SELECT customer_id, role, province, city FROM customer
