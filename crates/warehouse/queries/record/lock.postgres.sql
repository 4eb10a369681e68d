-- Imports take turns, so that version numbers stand in commit order; readers go on.
LOCK TABLE settings_version IN SHARE ROW EXCLUSIVE MODE
