-- Lines that stand and were decided by an alias that does not exist.
SELECT COUNT(*)
FROM line l
LEFT JOIN alias c ON c.alias_id = l.customer_alias_id
LEFT JOIN alias p ON p.alias_id = l.product_alias_id
WHERE l.closed_load IS NULL
  AND ((l.customer_alias_id IS NOT NULL AND c.alias_id IS NULL)
    OR (l.product_alias_id IS NOT NULL AND p.alias_id IS NULL))
