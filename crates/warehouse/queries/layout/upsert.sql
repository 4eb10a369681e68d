INSERT INTO layout
    (distributor_id, kind, fingerprint, layout, state, submission_id, decided_by, decided_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (distributor_id, kind, fingerprint) DO UPDATE SET
    layout = excluded.layout, state = excluded.state,
    submission_id = COALESCE(layout.submission_id, excluded.submission_id),
    decided_by = excluded.decided_by, decided_at = excluded.decided_at
RETURNING layout_id
