//! What every kind of source does: bring what is new into the landing area, say what it was, and be
//! told when it is registered.
//!
//! A collector remembers nothing. What was collected before is known by the warehouse and handed in;
//! what comes back is registered there together with its place in the source, in one transaction.
//! A kill between the two costs a repeated download, never a lost or doubled file.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use channelflow_model::finding::Finding;
use channelflow_model::{Day, Sentence};
use futures::future::BoxFuture;

use crate::landing::{Artifact, Landing};

/// What the warehouse knows of a source.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Files that were dealt with, by their name in the source.
    pub files: HashMap<String, Version>,
    /// How far each resource was read; what the text means is known by the collector.
    pub cursors: BTreeMap<String, String>,
}

/// Which version of a file was listed. Where a source tells no time it is 0, where it tells no
/// size too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Version {
    /// Size in bytes.
    pub size: u64,
    /// Time of the last change, nanoseconds since 1970.
    pub mtime_ns: i64,
}

/// What a collector is given for one visit.
pub struct Visit<'v> {
    /// What was collected before.
    pub known: &'v Known,
    /// Where artifacts go. In a preview a folder that is thrown away.
    pub landing: &'v Landing,
    /// Today, in the company's time zone.
    pub today: Day,
    /// Bytes one artifact may have; a larger one is left where it is and said.
    pub most_bytes: u64,
    /// Set when the visit should end after the artifact at hand.
    pub stop: &'v Arc<AtomicBool>,
}

impl Visit<'_> {
    /// Whether this version of a file was dealt with.
    pub fn is_known(&self, name: &str, version: Version) -> bool {
        self.known.files.get(name) == Some(&version)
    }

    /// Whether the visit should end.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// An artifact that landed and is not yet registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Its name in the source, unique there, with `/`: in checkpoints and reports.
    pub name: String,
    /// What names the distributor: a folder, or the id itself. `None` when the source does not tell.
    pub folder: Option<String>,
    /// Its version as listed.
    pub version: Version,
    /// Where its bytes lie.
    pub artifact: Artifact,
    /// How far its resource is read once this artifact is registered.
    pub cursor: Option<Cursor>,
}

/// How far a resource is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The resource: a query, a mailbox, a list.
    pub resource: String,
    /// How far.
    pub value: String,
}

/// What a visit brought. What came before a failure counts.
#[derive(Debug, Default)]
pub struct Collection {
    /// Artifacts, in the order in which they are to be registered.
    pub arrivals: Vec<Arrival>,
    /// Files that were dealt with before.
    pub seen_before: u64,
    /// What is to be said about single files.
    pub findings: Vec<Finding>,
    /// Why the visit ended before its end.
    pub failed: Option<SourceError>,
}

/// What a probe found; nothing is registered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Probe {
    /// What is there: files, resources, with a size or a count.
    pub found: Vec<String>,
    /// The first rows of the first table, header first; empty where there are only files.
    pub rows: Vec<Vec<String>>,
    /// The source's clock against ours in seconds, where it tells its time; positive when it is
    /// ahead.
    pub clock_ahead: Option<i64>,
}

/// Why a source could not be read.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{sentence}")]
pub struct SourceError {
    /// What kind of failure it is.
    pub failure: Failure,
    /// What was found, what was expected, what to do.
    pub sentence: Sentence,
}

impl SourceError {
    /// A failure of this kind.
    pub fn new(failure: Failure, sentence: Sentence) -> Self {
        SourceError { failure, sentence }
    }
}

/// What can be done about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Trying again later may help: no connection, a busy server.
    Transient,
    /// The account is refused.
    Credentials,
    /// What is there is not what the description expects.
    Changed,
    /// Nothing helps but a person.
    Permanent,
}

/// A source of some kind.
pub trait Collector: Send + Sync {
    /// Brings what is new into the landing area.
    fn collect<'a>(&'a self, visit: &'a Visit<'_>) -> BoxFuture<'a, Collection>;

    /// Tells the source that these arrivals are registered: a mail is flagged. Nothing is ever
    /// deleted there. Called after the commit; may be repeated, and may be missed.
    fn acknowledge<'a>(&'a self, names: &'a [String]) -> BoxFuture<'a, Result<(), SourceError>>;

    /// Reaches the source, signs in, and shows what is there.
    fn probe<'a>(&'a self, visit: &'a Visit<'_>) -> BoxFuture<'a, Result<Probe, SourceError>>;
}
