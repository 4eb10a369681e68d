-- The last judgement of every decision, in the order of the decisions.
SELECT j.decision_id, j.verdict, j.note, j.judged_by, j.judged_at
FROM audit_judgement j
WHERE j.judgement_id = (
    SELECT MAX(later.judgement_id) FROM audit_judgement later
    WHERE later.decision_id = j.decision_id
)
ORDER BY j.decision_id
