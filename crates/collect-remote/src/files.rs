//! One visit to a place where files lie: list, decide, download, check. Each protocol brings only a
//! [`Session`].

use std::time::{Instant, SystemTime};

use backon::{BackoffBuilder, ExponentialBuilder};
use channelflow_collect::{
    Arrival, CollectError, Collection, Failure, Incoming, Probe, SourceError, Visit,
    delivery_order, first_folder,
};
use channelflow_model::Sentence;
use channelflow_model::finding::Severity;
use futures::future::BoxFuture;

use crate::peer::Peer;
use crate::selection::{Decision, Entry, Selection, said};

/// More files than this in one place are a description that points at the wrong one.
pub(crate) const MOST_FILES: usize = 200_000;

/// Files a probe shows.
const SHOWN: usize = 20;

/// A place where files lie.
pub(crate) trait Store: Send + Sync {
    /// Connects and signs in.
    fn connect(&self) -> BoxFuture<'_, Result<Box<dyn Session>, SourceError>>;
}

/// A connection to such a place.
pub(crate) trait Session: Send {
    /// Who it is connected to.
    fn peer(&self) -> &Peer;

    /// Every file below the root.
    fn list(&mut self) -> BoxFuture<'_, Result<Vec<Entry>, SourceError>>;

    /// The bytes of a file, as listed, into the landing area. One that is gone has none.
    fn fetch<'s>(
        &'s mut self,
        entry: &'s Entry,
        incoming: &'s mut Incoming<'_>,
    ) -> BoxFuture<'s, Result<(), Trouble>>;

    /// Whether the file is there and still as it was listed.
    fn is_unchanged<'s>(&'s mut self, entry: &'s Entry)
    -> BoxFuture<'s, Result<bool, SourceError>>;
}

/// Why a file did not arrive: because of the other side, or of ours.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The other side.
    Source(SourceError),
    /// The landing area.
    Landing(CollectError),
    /// This file alone, with what the server said.
    File(String),
}

impl From<SourceError> for Trouble {
    fn from(error: SourceError) -> Self {
        Trouble::Source(error)
    }
}

impl From<CollectError> for Trouble {
    fn from(error: CollectError) -> Self {
        Trouble::Landing(error)
    }
}

/// Brings what is new. What came before a failure counts.
pub(crate) async fn collect(
    store: &dyn Store,
    selection: &Selection,
    visit: &Visit<'_>,
) -> Collection {
    let mut collection = Collection::default();
    let mut line = Line::new(store);
    if let Err(error) = bring(&mut line, selection, visit, &mut collection).await {
        collection.failed = Some(error);
    }
    collection
        .arrivals
        .sort_by(|a, b| delivery_order(&a.name, &b.name));
    collection
}

async fn bring(
    line: &mut Line<'_>,
    selection: &Selection,
    visit: &Visit<'_>,
    collection: &mut Collection,
) -> Result<(), SourceError> {
    let listed_at = Instant::now();
    let mut watched = Vec::new();
    for entry in line.list().await? {
        match selection.decide(&entry, visit, SystemTime::now()) {
            Decision::Pass => {}
            Decision::Known => collection.seen_before += 1,
            Decision::Say(finding) => collection.findings.push(*finding),
            Decision::Watch => watched.push(entry),
            Decision::Take => take(line, &entry, visit, collection).await?,
        }
        if visit.is_stopped() {
            return Ok(());
        }
    }
    if watched.is_empty() {
        return Ok(());
    }
    let waiting = selection.settle.saturating_sub(listed_at.elapsed());
    tokio::time::sleep(waiting).await;
    let now = line.list().await?;
    for entry in watched {
        if visit.is_stopped() {
            return Ok(());
        }
        if now.contains(&entry) {
            take(line, &entry, visit, collection).await?;
        } else if now.iter().any(|known| known.name == entry.name) {
            let growing = said("remote_growing", Severity::Info, &entry.name);
            collection.findings.push(growing);
        }
    }
    Ok(())
}

/// Downloads one file. What is wrong with this file alone is said and does not end the visit.
async fn take(
    line: &mut Line<'_>,
    entry: &Entry,
    visit: &Visit<'_>,
    collection: &mut Collection,
) -> Result<(), SourceError> {
    match line.download(entry, visit).await {
        Ok(Some(arrival)) => collection.arrivals.push(arrival),
        Ok(None) => {
            let changed = said("remote_changed", Severity::Info, &entry.name);
            collection.findings.push(changed);
        }
        Err(Trouble::Source(error)) => return Err(error),
        Err(Trouble::Landing(error)) => return landing(error, &entry.name, collection),
        Err(Trouble::File(cause)) => {
            let unreadable = said("remote_unreadable", Severity::Error, &entry.name);
            collection.findings.push(unreadable.fact("cause", cause));
        }
    }
    Ok(())
}

/// A file the landing area does not take: one that is too large is said and does not end the
/// visit, a full disk does.
pub(crate) fn landing(
    error: CollectError,
    name: &str,
    collection: &mut Collection,
) -> Result<(), SourceError> {
    if matches!(error, CollectError::TooLarge { .. }) {
        let finding = said("collect_failed", Severity::Error, name).fact("error", error);
        collection.findings.push(finding);
        return Ok(());
    }
    let sentence = Sentence::new("remote_landing").fact("error", error);
    Err(SourceError::new(Failure::Permanent, sentence))
}

/// The first files that are there.
pub(crate) async fn probe(store: &dyn Store, selection: &Selection) -> Result<Probe, SourceError> {
    let mut entries = Line::new(store).list().await?;
    entries.retain(|entry| selection.wants(&entry.name));
    let found = entries
        .iter()
        .take(SHOWN)
        .map(|entry| format!("{} ({} B)", entry.name, entry.version.size))
        .collect();
    Ok(Probe {
        found,
        ..Probe::default()
    })
}

/// Waits between attempts; jitter keeps several sources of one server apart.
pub(crate) fn waits() -> impl Iterator<Item = std::time::Duration> {
    ExponentialBuilder::default()
        .with_min_delay(std::time::Duration::from_millis(500))
        .with_max_times(3)
        .with_jitter()
        .build()
}

/// A connection that is made again when it breaks.
struct Line<'l> {
    store: &'l dyn Store,
    session: Option<Box<dyn Session>>,
}

impl<'l> Line<'l> {
    fn new(store: &'l dyn Store) -> Self {
        Line {
            store,
            session: None,
        }
    }

    async fn session(&mut self) -> Result<&mut Box<dyn Session>, SourceError> {
        let session = match self.session.take() {
            Some(session) => session,
            None => self.store.connect().await?,
        };
        Ok(self.session.insert(session))
    }

    async fn list(&mut self) -> Result<Vec<Entry>, SourceError> {
        let mut waits = waits();
        loop {
            let error = match self.session().await {
                Ok(session) => match session.list().await {
                    Ok(mut entries) => {
                        entries.sort_by(|a, b| delivery_order(&a.name, &b.name));
                        return Ok(entries);
                    }
                    Err(error) => error,
                },
                Err(error) => error,
            };
            self.again_after(error, &mut waits).await?;
        }
    }

    /// The file, or `None` when it changed while it was downloaded. Every attempt begins anew, so
    /// that an artifact never is made of two versions.
    async fn download(
        &mut self,
        entry: &Entry,
        visit: &Visit<'_>,
    ) -> Result<Option<Arrival>, Trouble> {
        let mut waits = waits();
        loop {
            match self.try_download(entry, visit).await {
                Err(Trouble::Source(error)) => self.again_after(error, &mut waits).await?,
                done => return done,
            }
        }
    }

    async fn try_download(
        &mut self,
        entry: &Entry,
        visit: &Visit<'_>,
    ) -> Result<Option<Arrival>, Trouble> {
        let session = self.session().await?;
        let mut incoming = visit.landing.receive(&entry.name, visit.most_bytes)?;
        session.fetch(entry, &mut incoming).await?;
        if !session.is_unchanged(entry).await? {
            return Ok(None);
        }
        let (came, size) = (incoming.bytes(), entry.version.size);
        if came != size {
            let cause = format!("{came} of {size} bytes came");
            return Err(session.peer().broken(cause).into());
        }
        Ok(Some(Arrival {
            name: entry.name.clone(),
            folder: first_folder(&entry.name).map(str::to_owned),
            version: entry.version,
            artifact: incoming.finish()?,
            cursor: None,
        }))
    }

    /// Drops the connection and waits, if trying again can help and was not tried often enough.
    async fn again_after(
        &mut self,
        error: SourceError,
        waits: &mut impl Iterator<Item = std::time::Duration>,
    ) -> Result<(), SourceError> {
        self.session = None;
        if error.failure != Failure::Transient {
            return Err(error);
        }
        let Some(wait) = waits.next() else {
            return Err(error);
        };
        tracing::debug!(error = %error, "tried again");
        tokio::time::sleep(wait).await;
        Ok(())
    }
}
