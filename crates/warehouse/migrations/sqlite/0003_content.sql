-- What a submission said, whatever its bytes, so that a file with the same cells is known again.
CREATE TABLE submission_content (
    submission_id  INTEGER PRIMARY KEY REFERENCES submission,
    distributor_id TEXT NOT NULL,
    bodies         TEXT NOT NULL,   -- JSON: per sheet the first row whose place means nothing, or null
    digest         TEXT NOT NULL    -- of the cells and of what else decides which lines they become
) STRICT;
