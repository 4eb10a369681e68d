SELECT sheet_no, member, sheet, kind, fingerprint
FROM submission_sheet WHERE submission_id = $1 ORDER BY sheet_no
