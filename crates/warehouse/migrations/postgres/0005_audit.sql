-- What people found when they judged decisions that a rule made. Never edited: judging again adds
-- a row, and the last one counts.
CREATE TABLE audit_judgement (
    judgement_id BIGINT PRIMARY KEY,
    decision_id  BIGINT NOT NULL REFERENCES review_decision,
    verdict      TEXT NOT NULL,      -- right, wrong
    note         TEXT NOT NULL,
    judged_by    TEXT NOT NULL,
    judged_at    TEXT NOT NULL
);
