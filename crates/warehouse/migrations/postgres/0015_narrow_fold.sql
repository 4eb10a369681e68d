-- Folds are stored in a third of the bytes. They are derived: the program rebuilds them from the lines
-- when it finds none.
DELETE FROM fold;

-- Neither folds nor the multisets of days get smaller by compressing them, and trying takes longer
-- than storing them.
ALTER TABLE fold ALTER COLUMN entries SET STORAGE EXTERNAL;
ALTER TABLE day_lines ALTER COLUMN lines SET STORAGE EXTERNAL;
