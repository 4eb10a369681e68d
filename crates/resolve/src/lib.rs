//! Reported names and codes to master entities
