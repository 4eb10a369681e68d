//! Drivers that block, on a thread of their own: rows come over in batches, a few at a time.

use std::thread;

use channelflow_collect::Failure;
use channelflow_model::{DayRange, Sentence};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::description::{Resource, Server};
use crate::error;
use crate::sink::{Halt, Sink};

/// Bytes of one batch.
const BATCH: usize = 256 * 1024;

/// Batches on their way.
const ON_THE_WAY: usize = 4;

enum Message {
    Columns(Vec<String>),
    /// Records, and where each of them ends.
    Rows(Vec<u8>, Vec<usize>),
    /// Characters that were replaced.
    Replaced(u64),
    End(Result<(), Halt>),
}

/// The end of the thread: takes rows and sends them.
pub(crate) struct Feed {
    sender: Sender<Message>,
    batch: Vec<u8>,
    ends: Vec<usize>,
    replaced: u64,
}

impl Feed {
    fn send(&mut self, message: Message) -> Result<(), Halt> {
        // Nobody listens any more: the other end knows why.
        self.sender
            .blocking_send(message)
            .map_err(|_| Halt::Stopped)
    }

    fn flush(&mut self) -> Result<(), Halt> {
        let batch = std::mem::take(&mut self.batch);
        let ends = std::mem::take(&mut self.ends);
        self.send(Message::Rows(batch, ends))
    }

    fn finish(&mut self) -> Result<(), Halt> {
        self.flush()?;
        self.send(Message::Replaced(self.replaced))
    }
}

impl Sink for Feed {
    fn columns(&mut self, names: &[String]) -> Result<(), Halt> {
        self.send(Message::Columns(names.to_vec()))
    }

    fn row(&mut self, record: &[u8]) -> Result<(), Halt> {
        self.batch.extend_from_slice(record);
        self.ends.push(self.batch.len());
        if self.batch.len() >= BATCH {
            self.flush()?;
        }
        Ok(())
    }

    fn replaced(&mut self, characters: u64) {
        self.replaced += characters;
    }
}

/// What a driver does on its thread.
pub(crate) type Work = fn(&Server, &Resource, DayRange, &mut Feed) -> Result<(), Halt>;

/// Runs `work` on a thread and hands its rows to the sink. The thread belongs to nobody: a driver
/// that never comes back does not keep the program from ending.
pub(crate) async fn read(
    server: &Server,
    resource: &Resource,
    range: DayRange,
    sink: &mut dyn Sink,
    work: Work,
) -> Result<(), Halt> {
    let (sender, receiver) = channel(ON_THE_WAY);
    let (its_server, its_resource) = (server.clone(), resource.clone());
    let started = thread::Builder::new()
        .name("database driver".to_owned())
        .spawn(move || {
            let mut feed = Feed {
                sender,
                batch: Vec::new(),
                ends: Vec::new(),
                replaced: 0,
            };
            let end = work(&its_server, &its_resource, range, &mut feed);
            let end = end.and_then(|()| feed.finish());
            let _ = feed.send(Message::End(end));
        });
    if let Err(error) = started {
        return Err(error::querying(
            server,
            resource,
            error::Meaning::Query,
            error,
        ));
    }
    error::within(server, resource, take(resource, receiver, sink)).await
}

async fn take(
    resource: &Resource,
    mut receiver: Receiver<Message>,
    sink: &mut dyn Sink,
) -> Result<(), Halt> {
    while let Some(message) = receiver.recv().await {
        match message {
            Message::Columns(names) => sink.columns(&names)?,
            Message::Rows(batch, ends) => {
                let mut start = 0;
                for end in ends {
                    sink.row(batch.get(start..end).unwrap_or_default())?;
                    start = end;
                }
            }
            Message::Replaced(characters) => sink.replaced(characters),
            Message::End(end) => return end,
        }
    }
    // The thread is gone without a word: the driver panicked.
    let sentence = Sentence::new("database_query")
        .fact("resource", &resource.name)
        .fact("cause", "the driver broke off");
    Err(Halt::failed(Failure::Permanent, sentence))
}
