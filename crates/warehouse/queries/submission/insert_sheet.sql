INSERT INTO submission_sheet (submission_id, sheet_no, member, sheet, kind, fingerprint)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (submission_id, sheet_no) DO NOTHING
