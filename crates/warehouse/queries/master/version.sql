-- The state of the master data as of settings version $1 (NULL: now): a number that moves with every
-- import that changed something; -1 for copies, which never change.
SELECT CASE
    WHEN EXISTS (SELECT 1 FROM record WHERE kind IN ('customer', 'product', 'distributor')
                 AND from_version <= CAST($1 AS BIGINT) AND (to_version IS NULL OR to_version > CAST($1 AS BIGINT))) THEN -1
    ELSE (SELECT version FROM master_clock WHERE id = 1) END
