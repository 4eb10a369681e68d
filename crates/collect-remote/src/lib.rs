//! Files that lie elsewhere: mailboxes, SFTP, FTP, object stores, WebDAV.

use std::sync::Arc;

use channelflow_collect::Collector;
use channelflow_config::Description;
use channelflow_model::Sentence;

/// The collector a description asks for.
pub fn open_mail(_description: &Description<'_>) -> Result<Arc<dyn Collector>, Sentence> {
    Err(Sentence::new("source_no_collector").fact("kind", "mail"))
}

/// The collector a description asks for.
pub fn open_sftp(_description: &Description<'_>) -> Result<Arc<dyn Collector>, Sentence> {
    Err(Sentence::new("source_no_collector").fact("kind", "sftp"))
}

/// The collector a description asks for.
pub fn open_ftp(_description: &Description<'_>) -> Result<Arc<dyn Collector>, Sentence> {
    Err(Sentence::new("source_no_collector").fact("kind", "ftp"))
}

/// The collector a description asks for.
pub fn open_object_store(_description: &Description<'_>) -> Result<Arc<dyn Collector>, Sentence> {
    Err(Sentence::new("source_no_collector").fact("kind", "object_store"))
}

/// The collector a description asks for.
pub fn open_webdav(_description: &Description<'_>) -> Result<Arc<dyn Collector>, Sentence> {
    Err(Sentence::new("source_no_collector").fact("kind", "webdav"))
}
