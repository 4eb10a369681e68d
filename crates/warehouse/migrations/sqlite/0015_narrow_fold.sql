-- Folds are stored in a third of the bytes. They are derived: the program rebuilds them from the lines
-- when it finds none.
DELETE FROM fold;
