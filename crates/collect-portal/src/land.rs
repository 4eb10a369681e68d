//! Bytes into the landing area without holding up other visits: writing and waiting for the disk
//! happen on a thread of their own.

use channelflow_collect::{Artifact, CollectError, Landing};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::table::Table;
use crate::trouble::Trouble;

/// Chunks on their way to the disk; a slow disk slows the download down.
const UNDERWAY: usize = 16;

/// An artifact on its way. Dropped before it is finished it never was there.
pub(crate) struct Sink {
    sender: mpsc::Sender<Option<Vec<u8>>>,
    writer: JoinHandle<Result<Option<Artifact>, CollectError>>,
}

impl Sink {
    /// Begins an artifact of at most this many bytes.
    pub(crate) fn new(landing: &Landing, name: &str, most: u64) -> Self {
        let (landing, name) = (landing.clone(), name.to_owned());
        let (sender, mut receiver) = mpsc::channel::<Option<Vec<u8>>>(UNDERWAY);
        let writer = tokio::task::spawn_blocking(move || {
            let mut incoming = landing.receive(&name, most)?;
            while let Some(message) = receiver.blocking_recv() {
                match message {
                    Some(chunk) => incoming.take(&chunk)?,
                    None => return incoming.finish().map(Some),
                }
            }
            Ok(None)
        });
        Sink { sender, writer }
    }

    /// The next bytes; `false` when the disk takes no more.
    pub(crate) async fn take(&self, chunk: Vec<u8>) -> bool {
        self.sender.send(Some(chunk)).await.is_ok()
    }

    /// Puts it in its place, or says why it cannot be there.
    pub(crate) async fn finish(self) -> Result<Artifact, Trouble> {
        // A writer that stopped says why below.
        let _ = self.sender.send(None).await;
        match self.writer.await {
            Ok(Ok(Some(artifact))) => Ok(artifact),
            Ok(Err(error)) => Err(Trouble::landing(&error)),
            Ok(Ok(None)) | Err(_) => Err(Trouble::Stopped),
        }
    }
}

/// Bytes that are all there.
pub(crate) async fn land(
    landing: &Landing,
    name: &str,
    most: u64,
    bytes: Vec<u8>,
) -> Result<Artifact, Trouble> {
    let sink = Sink::new(landing, name, most);
    sink.take(bytes).await;
    sink.finish().await
}

/// A table as CSV, headings first.
pub(crate) fn csv(table: &Table) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&table.header)?;
    for row in &table.rows {
        writer.write_record(row)?;
    }
    writer
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))
}
