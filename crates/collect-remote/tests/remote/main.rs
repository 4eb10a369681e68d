//! Collecting from servers that `scripts/services` starts.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may"
)]
#![allow(missing_docs, reason = "a test")]

mod examples;
mod faults;
mod ftp;
mod killed;
mod letters;
mod mail;
mod objects;
mod proxy;
mod secrets;
mod sftp;
mod sftp_password;
mod world;
