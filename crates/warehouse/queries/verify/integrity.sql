-- SQLite's own check of the file; `ok` when nothing is wrong.
SELECT integrity_check FROM pragma_integrity_check
