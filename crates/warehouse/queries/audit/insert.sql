INSERT INTO audit_judgement (judgement_id, decision_id, verdict, note, judged_by, judged_at)
VALUES ($1, $2, $3, $4, $5, $6)
