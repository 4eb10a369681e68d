INSERT INTO appeal
    (appeal_id, kind, line_id, distributor_id, flow_kind, day, business_period, booking_period,
    customer_id, product_id, quantity, to_distributor, to_customer, to_product, to_post, to_period,
    reason, opened_by, opened_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
