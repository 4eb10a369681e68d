//! Bytes to raw tables, every cell with its place
