//! Raw table and layout to flow table
