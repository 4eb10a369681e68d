-- Counter-entries of lines that are not marked.
SELECT COUNT(*)
FROM line r
LEFT JOIN line o ON o.distributor_id = r.distributor_id AND o.kind = r.kind AND o.day = r.day
    AND o.line_id = r.made_from
WHERE r.delta = 1 AND (o.line_id IS NULL OR o.reversed_load IS NULL)
