//! What object stores and WebDAV have in common: one library speaks all of them.

use std::sync::Arc;

use channelflow_collect::{Collection, Collector, Incoming, Probe, SourceError, Version, Visit};
use channelflow_config::Description;
use channelflow_model::Sentence;
use futures::future::BoxFuture;
use futures::{StreamExt, TryStreamExt};
use opendal::layers::TimeoutLayer;
use opendal::{Error, ErrorKind, Metadata, Operator};

use crate::bounded_http::with_bounds;
use crate::files::{self, MOST_FILES, Session, Store, Trouble};
use crate::peer::Peer;
use crate::selection::{Entry, Selection};
use crate::tls;

/// A place one library reaches.
pub(crate) struct Objects {
    peer: Peer,
    selection: Selection,
    /// What the description calls the place.
    root: String,
    /// It has folders, which are there or not; an object store has only names with `/`.
    has_folders: bool,
    operator: Operator,
}

impl Objects {
    /// Adds what every service needs: bounds and time limits. The library's own retries are left
    /// out: after a folder of WebDAV could not be listed they go on with the next one, and the list
    /// is short without a word. `files.rs` begins the whole list again.
    pub fn collector(
        description: &Description<'_>,
        operator: Operator,
        (peer, selection): (Peer, Selection),
        root: String,
        ca: Option<&str>,
    ) -> Result<Arc<dyn Collector>, Sentence> {
        let tls = tls::client_config(description, ca)?;
        let operator = with_bounds(operator, &tls, &peer)?.layer(
            TimeoutLayer::new()
                .with_timeout(peer.patience)
                .with_io_timeout(peer.patience),
        );
        Ok(Arc::new(Objects {
            peer,
            selection,
            has_folders: operator.info().scheme() == opendal::services::WEBDAV_SCHEME,
            root,
            operator,
        }))
    }
}

impl Collector for Objects {
    fn collect<'a>(&'a self, visit: &'a Visit<'_>) -> BoxFuture<'a, Collection> {
        Box::pin(files::collect(self, &self.selection, visit))
    }

    fn acknowledge<'a>(&'a self, _: &'a [String]) -> BoxFuture<'a, Result<(), SourceError>> {
        Box::pin(async { Ok(()) })
    }

    fn probe<'a>(&'a self, _: &'a Visit<'_>) -> BoxFuture<'a, Result<Probe, SourceError>> {
        Box::pin(files::probe(self, &self.selection))
    }
}

impl Store for Objects {
    fn connect(&self) -> BoxFuture<'_, Result<Box<dyn Session>, SourceError>> {
        // The library connects when it asks for something.
        Box::pin(async {
            Ok(Box::new(Connected {
                peer: self.peer.clone(),
                root: self.root.clone(),
                has_folders: self.has_folders,
                operator: self.operator.clone(),
            }) as Box<dyn Session>)
        })
    }
}

struct Connected {
    peer: Peer,
    root: String,
    has_folders: bool,
    operator: Operator,
}

impl Connected {
    fn failure(&self, error: &Error) -> SourceError {
        let cause = cause(error);
        match error.kind() {
            ErrorKind::PermissionDenied => self.peer.refused(),
            ErrorKind::NotFound => self.peer.missing(&self.root),
            ErrorKind::RateLimited => self.peer.broken(cause),
            ErrorKind::ConfigInvalid | ErrorKind::Unsupported => self.peer.unexpected(cause),
            _ if cause.contains("(Connect)") && !cause.contains("certificate") => {
                self.peer.unreachable(cause)
            }
            _ if cause.contains("certificate") => self.peer.insecure(cause),
            _ if cause.contains("401 Unauthorized") || cause.contains("status: 401") => {
                self.peer.refused()
            }
            _ if error.is_temporary() || error.is_persistent() => self.peer.broken(cause),
            _ => self.peer.unexpected(cause),
        }
    }
}

/// Everything the library knows, in one line: what helps mostly stands in the source.
fn cause(error: &Error) -> String {
    let mut cause = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        cause.push_str(": ");
        cause.push_str(&inner.to_string());
        source = inner.source();
    }
    cause
}

impl Session for Connected {
    fn peer(&self) -> &Peer {
        &self.peer
    }

    fn list(&mut self) -> BoxFuture<'_, Result<Vec<Entry>, SourceError>> {
        Box::pin(async {
            let listing = self.operator.lister_with("").recursive(true).await;
            let mut listing = listing.map_err(|error| self.failure(&error))?;
            let mut entries = Vec::new();
            let mut is_there = false;
            while let Some(found) = listing.try_next().await.map_err(|e| self.failure(&e))? {
                is_there = true;
                if found.metadata().is_file() {
                    entries.push(Entry {
                        name: found.path().to_owned(),
                        version: version(found.metadata()),
                        is_time_exact: true,
                    });
                }
                if entries.len() > MOST_FILES {
                    return Err(self.peer.endless(MOST_FILES as u64));
                }
            }
            // A folder lists itself; of one that is not there the library makes an empty list.
            if self.has_folders && !is_there {
                return Err(self.peer.missing(&self.root));
            }
            Ok(entries)
        })
    }

    fn fetch<'s>(
        &'s mut self,
        entry: &'s Entry,
        incoming: &'s mut Incoming<'_>,
    ) -> BoxFuture<'s, Result<(), Trouble>> {
        Box::pin(async {
            if entry.version.size == 0 {
                return Ok(());
            }
            let reader = match self.operator.reader(&entry.name).await {
                Ok(reader) => reader,
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
                Err(error) => return Err(self.failure(&error).into()),
            };
            // Asked for as listed: a longer answer is cut, a changed object is seen afterwards.
            let stream = reader.into_stream(0..entry.version.size).await;
            let mut stream = stream.map_err(|error| self.failure(&error))?;
            while let Some(part) = stream.next().await {
                let part = match part {
                    Ok(part) => part,
                    Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
                    Err(error) => return Err(self.failure(&error).into()),
                };
                for chunk in part {
                    incoming.take(&chunk)?;
                }
            }
            Ok(())
        })
    }

    fn is_unchanged<'s>(
        &'s mut self,
        entry: &'s Entry,
    ) -> BoxFuture<'s, Result<bool, SourceError>> {
        Box::pin(async {
            match self.operator.stat(&entry.name).await {
                // A header tells whole seconds, a list may tell more.
                Ok(now) => {
                    let now = version(&now);
                    let second = |version: Version| version.mtime_ns.div_euclid(1_000_000_000);
                    Ok(now.size == entry.version.size && second(now) == second(entry.version))
                }
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
                Err(error) => Err(self.failure(&error)),
            }
        })
    }
}

fn version(metadata: &Metadata) -> Version {
    let changed = metadata
        .last_modified()
        .map_or(0, |changed| changed.into_inner().as_nanosecond());
    Version {
        size: metadata.content_length(),
        mtime_ns: i64::try_from(changed).unwrap_or(i64::MAX),
    }
}
