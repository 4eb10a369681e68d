SELECT product_id, name, trade_name, spec, form, maker, approval_no, barcode, code, base_unit,
    case_size, units_per_base, small_unit, price, active
FROM product ORDER BY product_id
