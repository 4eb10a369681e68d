UPDATE master_clock SET version = version + 1 WHERE id = 1
