//! Loading, ledgers and queries on SQLite and PostgreSQL
