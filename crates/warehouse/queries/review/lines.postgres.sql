-- Lines held for these names of one distributor. $2: references as a JSON array; $3: whether they
-- are customers.
SELECT * FROM line_detail
WHERE distributor_id = $1 AND status <> 0 AND closed_load IS NULL AND status = 1
  AND CASE WHEN CAST($3 AS BIGINT) = 1
    THEN hold_reason IN ('unknown_customer', 'ambiguous_customer')
        AND party_ref IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($2 AS JSON)))
    ELSE hold_reason IN ('unknown_product', 'ambiguous_product')
        AND product_ref IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($2 AS JSON))) END
ORDER BY kind, day, line_id
LIMIT $4
