-- Lines that refer to a reported text or submission that is not there.
SELECT COUNT(*)
FROM line l
LEFT JOIN reported_party c ON c.distributor_id = l.distributor_id AND c.ref = l.party_ref
LEFT JOIN reported_product p ON p.distributor_id = l.distributor_id AND p.ref = l.product_ref
LEFT JOIN reported_lot t ON t.distributor_id = l.distributor_id AND t.ref = l.lot_ref
LEFT JOIN reported_context x ON x.distributor_id = l.distributor_id AND x.ref = l.context_ref
LEFT JOIN submission s ON s.submission_id = l.submission_id
WHERE (l.party_ref <> 0 AND c.ref IS NULL) OR (l.product_ref <> 0 AND p.ref IS NULL)
   OR (l.lot_ref <> 0 AND t.ref IS NULL) OR (l.context_ref <> 0 AND x.ref IS NULL)
   OR s.submission_id IS NULL
