-- Whoever builds the folds is alone with them until its transaction ends.
LOCK TABLE fold IN EXCLUSIVE MODE
