-- Whether something counts in a month: lines, or rows of appeals.
SELECT COUNT(*) FROM (
    SELECT 1 FROM line WHERE booking_period = $1 AND closed_load IS NULL
    UNION ALL
    SELECT 1 FROM appeal_row WHERE booking_period = $1
    LIMIT 1
) x
