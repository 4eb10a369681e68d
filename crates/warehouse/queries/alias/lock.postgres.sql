-- Two people who answer the same name take turns; readers go on.
LOCK TABLE alias IN SHARE ROW EXCLUSIVE MODE
