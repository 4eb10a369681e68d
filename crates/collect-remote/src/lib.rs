//! Files that lie elsewhere: mailboxes, SFTP, FTP, object stores, WebDAV.
//!
//! Nothing is changed or deleted there; of a mail that is registered a flag is set. What a remote
//! file is and when it is taken stands in `selection.rs` and `files.rs`, once for all protocols.

mod bounded_http;
mod files;
mod filled;
mod ftp;
mod ftp_session;
mod guarded;
mod host_key;
mod imap;
mod mail;
mod mail_message;
mod mail_names;
mod mail_progress;
mod mail_rules;
mod object_store;
mod objects;
mod pattern;
mod peer;
mod selection;
mod sftp;
mod sftp_session;
mod tls;
mod webdav;

use std::sync::Arc;

use channelflow_collect::Collector;
use channelflow_config::Description;
use channelflow_model::Sentence;

/// The collector of a mailbox.
pub fn open_mail(description: &Description<'_>) -> Result<Arc<dyn Collector>, Sentence> {
    mail::open(description)
}

/// The collector of files over SSH.
pub fn open_sftp(description: &Description<'_>) -> Result<Arc<dyn Collector>, Sentence> {
    sftp::open(description)
}

/// The collector of files over FTP and FTPS.
pub fn open_ftp(description: &Description<'_>) -> Result<Arc<dyn Collector>, Sentence> {
    ftp::open(description)
}

/// The collector of an object store.
pub fn open_object_store(description: &Description<'_>) -> Result<Arc<dyn Collector>, Sentence> {
    object_store::open(description)
}

/// The collector of files over WebDAV.
pub fn open_webdav(description: &Description<'_>) -> Result<Arc<dyn Collector>, Sentence> {
    webdav::open(description)
}
