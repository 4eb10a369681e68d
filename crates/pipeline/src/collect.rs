//! Visits to the sources: what is new into the landing area, a job for every artifact that came.
//!
//! Sources are visited several at a time; what they brought is loaded in the order of the settings.
//! One source's failure is a finding and nobody else's.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use channelflow_collect::{
    Arrival, Collection, Collector, Failure, Known, Landing, LeftOut, LeftOutReason, SourceError,
    Version, Visit,
};
use channelflow_config::{Feeds, Source, SourceKind};
use channelflow_model::Sentence;
use channelflow_model::finding::{Finding, Place, Severity};
use channelflow_warehouse::{Checkpoint, Collected, Mode, VisitEnd, Warehouse};
use futures::FutureExt;

use crate::company::Company;
use crate::flight::{Flight, Visited};
use crate::plan::Step;
use crate::prepare::Job;
use crate::report::RunReport;
use crate::run::RunOptions;
use crate::settlement_kind::SettlementKind;
use crate::settlement_run::{Importing, import_collected};
use crate::visits::{Visits, place};

/// What visits each source, by its name; or why nothing can.
pub type Collectors = BTreeMap<String, Result<Arc<dyn Collector>, Sentence>>;

/// Files that arrived whole in watched folders: by source, then by name.
pub type Watched = BTreeMap<String, BTreeMap<String, Version>>;

/// Minutes a visit may take unless the settings say otherwise.
const MINUTES: u32 = 120;

/// What visits brought that is loaded together.
#[derive(Default)]
pub struct Found {
    /// Flow files, in the order in which they are loaded.
    pub jobs: Vec<Job>,
    /// Files that were dealt with before.
    pub seen_before: u64,
    /// What is to be said.
    pub findings: Vec<Finding>,
    /// Files of shipments and payments.
    records: Vec<(SettlementKind, Job)>,
    /// What came from sources that want to know when it is registered.
    arrivals: BTreeMap<String, Vec<(String, Version)>>,
}

/// What visits are made with.
#[derive(Clone, Copy)]
pub struct Visiting<'v> {
    /// The company.
    pub company: &'v Arc<Company>,
    /// Its warehouse.
    pub warehouse: &'v Warehouse,
    /// What the run is told.
    pub options: &'v RunOptions,
    /// The run.
    pub run_id: Option<i64>,
    /// Where artifacts land.
    pub landing: &'v Landing,
}

/// Where a run lands what it collects; that of a preview is taken away after it.
pub struct Ground {
    /// The landing area.
    pub landing: Landing,
    _preview: Option<tempfile::TempDir>,
}

impl Ground {
    /// Makes the folder.
    pub fn new(company: &Company, mode: Mode) -> anyhow::Result<Self> {
        if mode == Mode::Commit {
            return Ok(Ground {
                landing: Landing::new(&company.path(&company.config.landing.path))?,
                _preview: None,
            });
        }
        let preview = tempfile::tempdir().context("no room for a preview")?;
        Ok(Ground {
            landing: Landing::new(preview.path())?,
            _preview: Some(preview),
        })
    }
}

impl<'v> Visiting<'v> {
    /// Begins visits to these sources, and notes how they went.
    pub fn set_out(self, flight: &mut Flight<'v>, sources: Vec<Source>) {
        for source in sources {
            let to = source.clone();
            let visit = async move {
                let collection = visit(self, &to).await?;
                Ok((collection, self.options.clock.now()))
            };
            flight.begin(source, visit.boxed());
        }
    }
}

/// Visits what is due until some of it is there; `None` when the run has visited enough.
pub async fn next_landing<'v>(
    visiting: Visiting<'v>,
    visits: &mut Visits,
    flight: &mut Flight<'v>,
) -> anyhow::Result<Option<Found>> {
    let options = visiting.options;
    loop {
        let wake = match visits.next(options) {
            Step::Visit(due) => {
                visiting.set_out(flight, due);
                continue;
            }
            Step::WaitUntil(at) if flight.is_over() => {
                tracing::info!(until = %at, "waiting for the next source");
                options.clock.wait_until(at, &options.stop).await;
                continue;
            }
            Step::Over if flight.is_over() => return Ok(None),
            Step::WaitUntil(at) => options.clock.wait_beside(at, &options.stop).boxed(),
            Step::Over => std::future::pending().boxed(),
        };
        let landed = flight.land(!options.by_plan, wake).await?;
        if !landed.is_empty() {
            return Ok(Some(Found::of(landed, visits)));
        }
    }
}

impl Found {
    /// What these visits brought, in their order.
    pub fn of(visited: Vec<Visited>, visits: &mut Visits) -> Self {
        let mut found = Found::default();
        for visited in visited {
            visits.note(&visited);
            found.take(&visited.source, visited.collection);
        }
        found
    }

    /// Whether there is anything to load.
    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty() && self.records.is_empty()
    }

    fn take(&mut self, source: &Source, collection: Collection) {
        self.seen_before += collection.seen_before;
        self.findings.extend(collection.findings);
        for arrival in collection.arrivals {
            if source.kind != SourceKind::Folder {
                let noted = (arrival.name.clone(), arrival.version);
                let all = self.arrivals.entry(source.name.clone());
                all.or_default().push(noted);
            }
            let job = job(source, arrival);
            match source.feeds {
                Feeds::Flows => self.jobs.push(job),
                Feeds::Shipments => self.records.push((SettlementKind::Shipments, job)),
                Feeds::Payments => self.records.push((SettlementKind::Payments, job)),
            }
        }
    }
}

fn job(source: &Source, arrival: Arrival) -> Job {
    Job {
        source: source.name.clone(),
        path: arrival.artifact.path,
        file: arrival.name,
        folder: source.distributor.clone().or(arrival.folder),
        told: None,
        kind: None,
        artifact: arrival.artifact.sha256,
        bytes: arrival.artifact.bytes,
        version: arrival.version,
        cursor: arrival.cursor,
        afresh: false,
    }
}

/// One source, with its heartbeat.
async fn visit(
    Visiting {
        company,
        warehouse,
        options,
        run_id,
        landing,
    }: Visiting<'_>,
    source: &Source,
) -> anyhow::Result<Collection> {
    let kept = options.mode == Mode::Commit;
    let known = known(warehouse, source).await?;
    let visit_id = if kept {
        let at = options.clock.now();
        Some(warehouse.begin_visit(run_id, &source.name, &at).await?)
    } else {
        None
    };
    let collection = if source.kind == SourceKind::Folder {
        let dir = company.path(&source.path);
        let landing = landing.clone();
        let watched = options.only.as_ref();
        let only = watched.map(|only| only.get(&source.name).cloned().unwrap_or_default());
        tokio::task::spawn_blocking(move || folder(&dir, &known, only.as_ref(), &landing, kept))
            .await
            .context("collecting was interrupted")?
    } else {
        let visit = Visit {
            known: &known,
            landing,
            today: options.today,
            most_bytes: company.config.limits.artifact_bytes,
            stop: &options.stop,
        };
        match options.collectors.get(&source.name) {
            Some(Ok(collector)) => {
                let minutes = source.times.minutes.unwrap_or(MINUTES);
                in_time(minutes, collector.collect(&visit)).await
            }
            Some(Err(why)) => broken(why.clone()),
            None => broken(Sentence::new("source_no_collector").fact("kind", source.kind.word())),
        }
    };
    if let Some(visit_id) = visit_id {
        let finding = collection
            .failed
            .as_ref()
            .map(|error| Finding::said(&error.sentence, Severity::Error, place(source)));
        let end = VisitEnd {
            at: &options.clock.now(),
            arrivals: collection.arrivals.len() as u64,
            seen_before: collection.seen_before,
            finding: finding.as_ref(),
        };
        warehouse.finish_visit(visit_id, end).await?;
    }
    Ok(collection)
}

/// What was collected of a source before.
pub async fn known(warehouse: &Warehouse, source: &Source) -> anyhow::Result<Known> {
    let files = match source.feeds {
        Feeds::Flows => warehouse.collected(&source.name).await?,
        Feeds::Shipments | Feeds::Payments => warehouse.source_records(&source.name).await?,
    };
    Ok(Known {
        files: versions(files),
        cursors: warehouse.cursors(&source.name).await?,
    })
}

fn versions(files: HashMap<String, Collected>) -> HashMap<String, Version> {
    let version = |seen: Collected| Version {
        size: seen.size,
        mtime_ns: seen.mtime_ns,
    };
    files
        .into_iter()
        .map(|(name, seen)| (name, version(seen)))
        .collect()
}

fn broken(sentence: Sentence) -> Collection {
    Collection {
        failed: Some(SourceError::new(Failure::Permanent, sentence)),
        ..Collection::default()
    }
}

/// A visit that ends: in time, and whatever it runs into.
async fn in_time(minutes: u32, visit: impl Future<Output = Collection>) -> Collection {
    let allowed = Duration::from_secs(u64::from(minutes) * 60);
    let guarded = std::panic::AssertUnwindSafe(visit).catch_unwind();
    let (failure, sentence) = match tokio::time::timeout(allowed, guarded).await {
        Ok(Ok(collection)) => return collection,
        Ok(Err(_)) => (Failure::Permanent, Sentence::new("source_panicked")),
        Err(_) => {
            let timed_out = Sentence::new("source_timed_out");
            (Failure::Transient, timed_out.fact("minutes", minutes))
        }
    };
    Collection {
        failed: Some(SourceError::new(failure, sentence)),
        ..Collection::default()
    }
}

/// What is new in a folder; of a watched one only what is whole.
fn folder(
    dir: &Path,
    known: &Known,
    only: Option<&BTreeMap<String, Version>>,
    landing: &Landing,
    kept: bool,
) -> Collection {
    let scan = match channelflow_collect::scan_folder(dir) {
        Ok(scan) => scan,
        Err(error) => return broken(Sentence::new("source_failed").fact("error", error)),
    };
    let mut collection = Collection {
        findings: scan.left_out.iter().map(not_looked_at).collect(),
        ..Collection::default()
    };
    for file in scan.files {
        let version = Version {
            size: file.size,
            mtime_ns: file.mtime_ns,
        };
        if known.files.get(&file.relative) == Some(&version) {
            collection.seen_before += 1;
            continue;
        }
        if only.is_some_and(|only| only.get(&file.relative) != Some(&version)) {
            continue;
        }
        let stored = if kept {
            landing.store(&file.path)
        } else {
            channelflow_collect::fingerprint(&file.path)
        };
        match stored {
            Ok(artifact) => collection.arrivals.push(Arrival {
                name: file.relative,
                folder: file.folder,
                version,
                artifact,
                cursor: None,
            }),
            Err(error) => {
                let place = Place {
                    file: Some(file.relative),
                    ..Place::default()
                };
                let finding = Finding::new("collect_failed", Severity::Error, place);
                collection.findings.push(finding.fact("error", error));
            }
        }
    }
    collection
}

/// Something in an inbox that cannot be collected.
fn not_looked_at(left_out: &LeftOut) -> Finding {
    let place = Place {
        file: Some(left_out.relative.clone()),
        ..Place::default()
    };
    match &left_out.reason {
        LeftOutReason::Link => Finding::new("inbox_link", Severity::Warning, place),
        LeftOutReason::TooDeep => Finding::new("inbox_too_deep", Severity::Warning, place),
        LeftOutReason::Unreadable(error) => {
            Finding::new("collect_failed", Severity::Error, place).fact("error", error)
        }
    }
}

/// Imports the shipments and payments that came, before anything is settled. A file that is refused
/// is not remembered: it comes again, and is said again, until somebody mends it.
pub async fn import_records(
    company: &Arc<Company>,
    warehouse: &Warehouse,
    options: &RunOptions,
    found: &mut Found,
    report: &mut RunReport,
) -> anyhow::Result<()> {
    for (kind, job) in std::mem::take(&mut found.records) {
        let importing = Importing {
            who: &job.source,
            at: &options.at,
            mode: options.mode,
        };
        let told = import_collected(company, warehouse, &job, kind, importing).await?;
        let refused = told
            .findings
            .iter()
            .any(|finding| finding.severity == Severity::Error);
        if options.mode == Mode::Commit && !refused {
            let (at, checkpoint) = (options.at.as_str(), checkpoint_of(&job));
            warehouse
                .remember_source_record(&job.source, checkpoint, &job.artifact, at)
                .await?;
        }
        report.master.push(told);
    }
    Ok(())
}

/// A job's place in its source.
pub(crate) fn checkpoint_of(job: &Job) -> Checkpoint<'_> {
    Checkpoint {
        path: &job.file,
        size: job.version.size,
        mtime_ns: job.version.mtime_ns,
        cursor: job
            .cursor
            .as_ref()
            .map(|cursor| (cursor.resource.as_str(), cursor.value.as_str())),
    }
}

/// Tells the sources what is registered; what a source answers to that is only said.
pub async fn acknowledge(
    warehouse: &Warehouse,
    options: &RunOptions,
    found: &Found,
) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    if options.mode == Mode::DryRun {
        return Ok(findings);
    }
    for (source, arrivals) in &found.arrivals {
        let Some(Ok(collector)) = options.collectors.get(source) else {
            continue;
        };
        let mut registered = versions(warehouse.collected(source).await?);
        registered.extend(versions(warehouse.source_records(source).await?));
        let names: Vec<String> = arrivals
            .iter()
            .filter(|(name, version)| registered.get(name) == Some(version))
            .map(|(name, _)| name.clone())
            .collect();
        if names.is_empty() {
            continue;
        }
        if let Err(error) = collector.acknowledge(&names).await {
            let place = Place {
                file: Some(source.clone()),
                ..Place::default()
            };
            findings.push(Finding::said(&error.sentence, Severity::Warning, place));
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_visit_ends_in_time_and_whatever_it_runs_into() {
        let said = |collection: Collection| {
            let error = collection.failed.unwrap();
            (error.sentence.code(), error.failure)
        };
        let endless = in_time(0, std::future::pending()).await;
        assert_eq!(said(endless), ("source_timed_out", Failure::Transient));
        let broken = in_time(1, async { panic!("a collector's own mistake") }).await;
        assert_eq!(said(broken), ("source_panicked", Failure::Permanent));
        let fine = in_time(1, async { Collection::default() }).await;
        assert!(fine.failed.is_none());
    }
}
