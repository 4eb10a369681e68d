-- Views. line_detail joins a line with its names for the program; the mart_ views are for people
-- and their tools: names, dates, decimals.
--
-- SQLite has no decimal type: its readable numbers are for reading and filtering. Exact sums are
-- sums of the *_micros columns. Dates are ISO texts, truth values 0 and 1.

CREATE VIEW line_detail AS
SELECT
    l.line_id, l.distributor_id, d.name AS distributor_name, l.kind, l.day,
    l.business_period, l.booking_period,
    l.customer_id, c.name AS customer_name, l.customer_rule, l.customer_alias_id,
    l.product_id, p.name AS product_name, p.spec AS product_spec, l.product_rule, l.product_alias_id,
    rc.name AS raw_customer, rc.code AS raw_customer_code,
    rp.name AS raw_product, rp.code AS raw_product_code, rp.spec AS raw_spec, rp.maker AS raw_maker,
    rl.lot, rl.expiry,
    l.quantity, rp.unit, l.base_quantity, p.base_unit, l.price, l.amount, l.flags,
    l.doc_no, l.line_no, x.doc_type, x.branch, x.salesperson, l.remark, x.stock_status,
    l.status, l.hold_reason, l.detail, l.delta, l.made_from,
    l.submission_id, s.file_name, h.member, h.sheet, l.row_no,
    l.closed_load, l.reversed_load,
    l.party_ref, l.product_ref, l.lot_ref, l.sheet_no
FROM line l
LEFT JOIN distributor d ON d.distributor_id = l.distributor_id
LEFT JOIN customer c ON c.customer_id = l.customer_id
LEFT JOIN product p ON p.product_id = l.product_id
LEFT JOIN reported_party rc ON rc.distributor_id = l.distributor_id AND rc.ref = l.party_ref
LEFT JOIN reported_product rp ON rp.distributor_id = l.distributor_id AND rp.ref = l.product_ref
LEFT JOIN reported_lot rl ON rl.distributor_id = l.distributor_id AND rl.ref = l.lot_ref
LEFT JOIN reported_context x ON x.distributor_id = l.distributor_id AND x.ref = l.context_ref
LEFT JOIN submission s ON s.submission_id = l.submission_id
LEFT JOIN submission_sheet h ON h.submission_id = l.submission_id AND h.sheet_no = l.sheet_no;

-- Every line that stands: accepted, held and ignored. Results use status = 'accepted'; what counts
-- in a month is booking_period.
CREATE VIEW mart_flow AS
SELECT
    line_id,
    distributor_id,
    COALESCE(distributor_name, '') AS distributor_name,
    CASE kind WHEN 0 THEN 'sale' WHEN 1 THEN 'purchase' ELSE 'inventory' END AS kind,
    printf('%04d-%02d-%02d', day / 10000, day / 100 % 100, day % 100) AS business_date,
    printf('%04d-%02d', business_period / 100, business_period % 100) AS business_period,
    printf('%04d-%02d', booking_period / 100, booking_period % 100) AS booking_period,
    customer_id,
    customer_name,
    product_id,
    product_name,
    product_spec AS spec,
    lot,
    CASE WHEN expiry IS NOT NULL THEN printf('%04d-%02d-%02d', expiry / 10000, expiry / 100 % 100, expiry % 100) END AS expiry,
    quantity / 1000000.0 AS quantity,
    unit,
    base_quantity / 1000000.0 AS base_quantity,
    base_unit,
    price / 1000000.0 AS price,
    amount / 1000000.0 AS amount,
    quantity AS quantity_micros,
    base_quantity AS base_quantity_micros,
    price AS price_micros,
    amount AS amount_micros,
    (flags & 1) <> 0 AS is_return,
    (flags & 2) <> 0 AS is_gift,
    (flags & 4) <> 0 AS is_price_adjustment,
    (flags & 8) <> 0 AS is_transfer,
    (flags & 16) <> 0 AS is_stock_adjustment,
    (flags & 256) <> 0 AS is_day_unknown,
    raw_customer,
    raw_customer_code,
    raw_product,
    raw_product_code,
    raw_spec,
    raw_maker,
    doc_no,
    line_no,
    doc_type,
    branch,
    salesperson,
    remark,
    stock_status,
    CASE customer_rule WHEN 1 THEN 'alias' WHEN 2 THEN 'tax_id' WHEN 3 THEN 'approval_pack' WHEN 4 THEN 'barcode' WHEN 5 THEN 'code' WHEN 6 THEN 'name' END AS customer_rule,
    CASE product_rule WHEN 1 THEN 'alias' WHEN 2 THEN 'tax_id' WHEN 3 THEN 'approval_pack' WHEN 4 THEN 'barcode' WHEN 5 THEN 'code' WHEN 6 THEN 'name' END AS product_rule,
    CASE status WHEN 0 THEN 'accepted' WHEN 1 THEN 'held' ELSE 'ignored' END AS status,
    hold_reason,
    detail,
    delta = 2 AS is_late,
    delta = 1 AS is_reversal,
    submission_id,
    file_name,
    member,
    sheet,
    row_no AS row_number
FROM line_detail
WHERE closed_load IS NULL;

-- Lines that wait for somebody.
CREATE VIEW mart_held AS
SELECT
    distributor_id, distributor_name, kind, business_date, hold_reason,
    raw_customer, raw_customer_code, raw_product, raw_product_code, raw_spec, raw_maker,
    quantity, unit, price, amount, amount_micros, detail,
    line_id, submission_id, file_name, member, sheet, row_number
FROM mart_flow
WHERE status = 'held';

CREATE VIEW mart_submission AS
SELECT
    s.submission_id,
    s.distributor_id,
    d.name AS distributor_name,
    s.source,
    s.file_name,
    s.artifact,
    s.bytes,
    s.received_at,
    s.run_id,
    s.state,
    s.duplicate_of,
    s.counts,
    s.findings
FROM submission s
LEFT JOIN distributor d ON d.distributor_id = s.distributor_id;

-- Days that had been reported before and came differently later.
CREATE VIEW mart_restatement AS
SELECT
    y.load_id,
    o.kind AS load_kind,
    o.at AS restated_at,
    y.distributor_id,
    d.name AS distributor_name,
    CASE y.kind WHEN 0 THEN 'sale' WHEN 1 THEN 'purchase' ELSE 'inventory' END AS kind,
    printf('%04d-%02d-%02d', y.day / 10000, y.day / 100 % 100, y.day % 100) AS business_date,
    printf('%04d-%02d', y.business_period / 100, y.business_period % 100) AS business_period,
    printf('%04d-%02d', y.booking_period / 100, y.booking_period % 100) AS booking_period,
    y.booking_period <> y.business_period AS was_closed,
    y.added,
    y.removed,
    y.modified,
    y.quantity_before / 1000000.0 AS quantity_before,
    y.quantity_after / 1000000.0 AS quantity_after,
    y.amount_before / 1000000.0 AS amount_before,
    y.amount_after / 1000000.0 AS amount_after,
    y.days_late,
    y.submission_id,
    y.previous_submission_id
FROM load_day y
JOIN load o ON o.load_id = y.load_id
LEFT JOIN distributor d ON d.distributor_id = y.distributor_id
WHERE y.restated = 1;

CREATE VIEW mart_customer AS
SELECT customer_id, name, role, level, province, city, county, address, tax_id, code,
       active <> 0 AS is_active
FROM customer;

CREATE VIEW mart_product AS
SELECT product_id, name, trade_name, spec, form, maker, approval_no, barcode, code,
       base_unit, case_size, units_per_base, small_unit, price / 1000000.0 AS price,
       price AS price_micros, active <> 0 AS is_active
FROM product;
