INSERT INTO product (product_id, name, trade_name, spec, form, maker, approval_no, barcode, code, base_unit,
    case_size, units_per_base, small_unit, price, active)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT (product_id) DO UPDATE SET
    name = excluded.name,
    trade_name = excluded.trade_name,
    spec = excluded.spec,
    form = excluded.form,
    maker = excluded.maker,
    approval_no = excluded.approval_no,
    barcode = excluded.barcode,
    code = excluded.code,
    base_unit = excluded.base_unit,
    case_size = excluded.case_size,
    units_per_base = excluded.units_per_base,
    small_unit = excluded.small_unit,
    price = excluded.price,
    active = excluded.active
