//! The nightly run: master data, then every new file of every source, then what the warehouse
//! looks like afterwards.
//!
//! Files are read and resolved several at a time and loaded one after another in a fixed order,
//! so that two runs over the same files number everything alike.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::Context;
use channelflow_collect::{LeftOut, LeftOutReason};
use channelflow_model::finding::{Finding, Place, Severity};
use channelflow_model::{Day, Layout};
use channelflow_resolve::Resolver;
use channelflow_warehouse::{Cause, Collected, Mode, Warehouse};
use futures::StreamExt;

use crate::company::Company;
use crate::intake::{Intake, take_in, take_same};
use crate::master_run::import_folder;
use crate::prepare::{Job, Prepared, Reference, prepare};
use crate::report::{FileReport, FileState, MasterReport, RunReport};
use crate::reresolve::{Affected, reresolve};
use crate::rule_accept::accept_by_rule;
use crate::standing::{held, missing};

/// Told after every file: how many are done, how many there are, the file's report.
pub type Progress = Box<dyn Fn(usize, usize, &FileReport) + Send + Sync>;

/// What a run is told.
pub struct RunOptions {
    /// Stored, or only previewed.
    pub mode: Mode,
    /// Now, ISO date and time.
    pub at: String,
    /// Today; an accounting month that contains it is not yet due.
    pub today: Day,
    /// Files prepared at the same time.
    pub parallel: usize,
    /// Set when the run should stop after the file at hand.
    pub stop: Arc<AtomicBool>,
    /// Told after every file.
    pub progress: Progress,
}

/// Runs everything; the report says what happened.
pub async fn run(
    company: &Arc<Company>,
    warehouse: &Warehouse,
    options: &RunOptions,
) -> anyhow::Result<RunReport> {
    let begun = Instant::now();
    let dry_run = options.mode == Mode::DryRun;
    let mut report = RunReport::new(&company.config.company.name, &options.at, dry_run);
    if !dry_run {
        report.run_id = Some(warehouse.start_run("run", &options.at).await?);
    }
    // Copying files and importing master data wait for different things.
    let importing = Instant::now();
    let (master, collected) = tokio::join!(
        import_folder(company, warehouse, options, &mut report),
        collect(company, warehouse, options)
    );
    let (master, collected) = (master?, collected?);
    stage(&mut report, "arrival", importing);
    if !dry_run {
        // Also heals what a killed decision left undone.
        let decided = |file: &MasterReport| {
            file.is_names() && file.changed > 0 || file.kind == "aliases" && file.added > 0
        };
        let affected = if report.master.iter().any(decided) {
            Affected::All
        } else {
            Affected::Held
        };
        let (run_id, at) = (report.run_id, options.at.as_str());
        let outcome = reresolve(
            warehouse,
            &master,
            affected,
            Cause::Master,
            run_id,
            at,
            options.mode,
        )
        .await?;
        report.resolved_rows = outcome.accepted;
    }
    let (resolver, findings) = Resolver::new(&master);
    report.findings.extend(findings);
    let reference = Arc::new(Reference {
        master,
        resolver,
        contents: warehouse.contents().await?,
    });

    report.seen_before = collected.seen_before;
    report.findings.extend(collected.findings);
    let jobs = collected.jobs;
    process(company, warehouse, options, &reference, jobs, &mut report).await?;

    if !dry_run && !report.interrupted {
        let deciding = Instant::now();
        let by_rule = accept_by_rule(&company.rules, warehouse, &options.at, company.lang).await?;
        report.accepted_by_rule = by_rule.accepted;
        report.findings.extend(by_rule.findings);
        stage(&mut report, "rules", deciding);
    }
    let standing = Instant::now();
    (report.held, report.held_rows, report.held_amount) = held(warehouse, None).await?;
    report.missing = missing(company, warehouse, &reference.master, options.today).await?;
    stage(&mut report, "standing", standing);
    stage(&mut report, "total", begun);
    if let Some(run_id) = report.run_id {
        warehouse
            .finish_run(run_id, &options.at, &serde_json::to_value(&report)?)
            .await?;
    }
    Ok(report)
}

/// Copies every new file of every source into the landing area.
async fn collect(
    company: &Arc<Company>,
    warehouse: &Warehouse,
    options: &RunOptions,
) -> anyhow::Result<FoundJobs> {
    let mut all = FoundJobs {
        jobs: Vec::new(),
        seen_before: 0,
        findings: Vec::new(),
    };
    for source in &company.config.sources {
        let known = warehouse.collected(&source.name).await?;
        let company = Arc::clone(company);
        let source = source.clone();
        let dry_run = options.mode == Mode::DryRun;
        let found =
            tokio::task::spawn_blocking(move || collect_source(&company, &source, &known, dry_run))
                .await
                .context("collecting was interrupted")?;
        match found {
            Ok(found) => {
                all.jobs.extend(found.jobs);
                all.seen_before += found.seen_before;
                all.findings.extend(found.findings);
            }
            // One source's bad day is not another's.
            Err(error) => all.findings.push(
                Finding::new("source_failed", Severity::Error, Place::default())
                    .fact("error", format!("{error:#}")),
            ),
        }
    }
    Ok(all)
}

struct FoundJobs {
    jobs: Vec<Job>,
    seen_before: u64,
    findings: Vec<Finding>,
}

fn collect_source(
    company: &Company,
    source: &channelflow_config::Source,
    known: &HashMap<String, Collected>,
    dry_run: bool,
) -> anyhow::Result<FoundJobs> {
    let root = company.path(&source.path);
    let landing = channelflow_collect::Landing::new(&company.path(&company.config.landing.path))?;
    let mut found = FoundJobs {
        jobs: Vec::new(),
        seen_before: 0,
        findings: Vec::new(),
    };
    let scan = channelflow_collect::scan_folder(&root)?;
    for left_out in scan.left_out {
        found.findings.push(not_looked_at(&left_out));
    }
    for file in scan.files {
        let seen = known
            .get(&file.relative)
            .is_some_and(|seen| seen.size == file.size && seen.mtime_ns == file.mtime_ns);
        if seen {
            found.seen_before += 1;
            continue;
        }
        let stored = if dry_run {
            channelflow_collect::fingerprint(&file.path)
        } else {
            landing.store(&file.path)
        };
        match stored {
            Ok(artifact) => found.jobs.push(Job {
                source: source.name.clone(),
                path: artifact.path,
                file: file.relative,
                folder: file.folder,
                told: None,
                kind: None,
                artifact: artifact.sha256,
                bytes: artifact.bytes,
                mtime_ns: file.mtime_ns,
                afresh: false,
            }),
            Err(error) => found.findings.push(
                Finding::new(
                    "collect_failed",
                    Severity::Error,
                    Place {
                        file: Some(file.relative),
                        ..Place::default()
                    },
                )
                .fact("error", error),
            ),
        }
    }
    Ok(found)
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

/// Prepares files ahead and loads them in order.
async fn process(
    company: &Arc<Company>,
    warehouse: &Warehouse,
    options: &RunOptions,
    reference: &Arc<Reference>,
    jobs: Vec<Job>,
    report: &mut RunReport,
) -> anyhow::Result<()> {
    let total = jobs.len();
    let mut layouts = accepted_layouts(warehouse).await?;
    let at_start = Arc::new(layouts.clone());
    let mut prepared = futures::stream::iter(jobs)
        .map(|job| {
            let (company, reference) = (Arc::clone(company), Arc::clone(reference));
            let layouts = Arc::clone(&at_start);
            tokio::task::spawn_blocking(move || prepare(&company, &reference, &layouts, job))
        })
        .buffered(options.parallel.max(1));
    let mut done = 0;
    let mut timings: BTreeMap<&'static str, u64> = BTreeMap::new();
    while let Some(file) = prepared.next().await {
        if options.stop.load(Ordering::Relaxed) {
            report.interrupted = true;
            break;
        }
        let file = file.context("preparing a file was interrupted")??;
        let intake = Intake {
            run_id: report.run_id,
            at: &options.at,
            mode: options.mode,
            checkpoint: true,
            again: false,
        };
        let loading = Instant::now();
        let same = take_same(warehouse, &file, intake).await?;
        let mut spent = micros(loading);
        let file = if same.is_none() {
            prepare_again(company, reference, &layouts, file).await?
        } else {
            file
        };
        let learned: Vec<Layout> = file.layouts_new.clone();
        for (stage, micros) in &file.timings {
            *timings.entry(*stage).or_default() += micros;
        }
        let loading = Instant::now();
        let (file, restated) = match same {
            Some(report) => (report, Vec::new()),
            None => take_in(company, warehouse, file, intake).await?,
        };
        spent += micros(loading);
        *timings.entry("load").or_default() += spent;
        if file.state != FileState::Duplicate
            && let Some(distributor_id) = &file.distributor_id
        {
            layouts
                .entry(distributor_id.clone())
                .or_default()
                .extend(learned);
        }
        done += 1;
        (options.progress)(done, total, &file);
        report.restatements.extend(restated);
        report.push(file);
    }
    let whole = |(stage, micros): (&str, u64)| (stage.to_owned(), micros / 1000);
    report.timings.extend(timings.into_iter().map(whole));
    Ok(())
}

/// A file whose distributor learned a layout after the file was prepared is prepared again, so
/// that the result does not depend on how many files are prepared at a time. So is one that was
/// taken for an earlier file which no longer stands.
async fn prepare_again(
    company: &Arc<Company>,
    reference: &Arc<Reference>,
    layouts: &BTreeMap<String, Vec<Layout>>,
    mut file: Prepared,
) -> anyhow::Result<Prepared> {
    let now: BTreeSet<&str> = file
        .report
        .distributor_id
        .as_ref()
        .and_then(|id| layouts.get(id))
        .map(|layouts| {
            layouts
                .iter()
                .map(|layout| layout.fingerprint.as_str())
                .collect()
        })
        .unwrap_or_default();
    let then: BTreeSet<&str> = file.layouts_known.iter().map(String::as_str).collect();
    let as_before = file.layouts_new.is_empty() && file.layouts_changed.is_empty() || now == then;
    if as_before && file.same_as.is_none() {
        return Ok(file);
    }
    file.job.afresh |= file.same_as.is_some();
    let (company, reference) = (Arc::clone(company), Arc::clone(reference));
    let layouts = layouts.clone();
    tokio::task::spawn_blocking(move || prepare(&company, &reference, &layouts, file.job))
        .await
        .context("preparing a file was interrupted")?
}

/// Accepted layouts by distributor.
pub async fn accepted_layouts(
    warehouse: &Warehouse,
) -> anyhow::Result<BTreeMap<String, Vec<Layout>>> {
    let mut layouts: BTreeMap<String, Vec<Layout>> = BTreeMap::new();
    for stored in warehouse.all_layouts().await? {
        if stored.state == channelflow_warehouse::LayoutState::Accepted {
            layouts
                .entry(stored.distributor_id)
                .or_default()
                .push(stored.layout);
        }
    }
    Ok(layouts)
}

/// Notes how long a stage took.
fn stage(report: &mut RunReport, name: &str, begun: Instant) {
    report.timings.insert(name.to_owned(), micros(begun) / 1000);
}

/// Microseconds since `begun`.
pub(crate) fn micros(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX)
}
