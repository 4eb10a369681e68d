INSERT INTO appeal_row
    (appeal_id, pair, sign, line_id, distributor_id, flow_kind, business_period, booking_period,
    customer_id, product_id, day, flags, post_id, excluded, quantity, amount)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
