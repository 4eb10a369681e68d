//! The nightly run: master data, then every new file of every source, then what the warehouse
//! looks like afterwards.
//!
//! Files are read and resolved several at a time and loaded in a fixed order, so that two runs over
//! the same files number everything alike. On a server, loads of different distributors overlap.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::Context;
use channelflow_model::finding::Finding;
use channelflow_model::master::MasterData;
use channelflow_model::{Day, Layout};
use channelflow_resolve::Resolver;
use channelflow_warehouse::{Cause, Engine, Mode, Turn, Warehouse};
use futures::stream::FuturesOrdered;
use futures::{FutureExt, StreamExt};

use crate::clock::Clock;
use crate::collect::{
    Collectors, Found, Ground, Visiting, Watched, acknowledge, import_records, next_landing,
};
use crate::company::Company;
use crate::expected::measured;
use crate::flight::{Flight, TOGETHER};
use crate::intake::{Intake, is_loaded, take_in_turn, take_same};
use crate::master_run::import_folder;
use crate::prepare::{Job, Prepared, Reference, prepare};
use crate::report::{FileReport, FileState, MasterReport, RestatementReport, RunReport};
use crate::report_sources::effect;
use crate::reresolve::{Affected, reresolve};
use crate::rule_accept::accept_by_rule;
use crate::run_settlement::{SettlementReport, after_loading};
use crate::standing::{held, missing};
use crate::visits::Visits;

/// Told after every file: how many are done, how many there are, the file's report.
pub type Progress = Box<dyn Fn(usize, usize, &FileReport) + Send + Sync>;

/// What a run over watched folders is called in the list of runs.
pub const WATCH: &str = "watch";

/// What a run is told.
pub struct RunOptions {
    /// Stored, or only previewed.
    pub mode: Mode,
    /// Now, ISO date and time.
    pub at: String,
    /// Today; an accounting month that contains it is not yet due.
    pub today: Day,
    /// The time as it goes by.
    pub clock: Arc<Clock>,
    /// Whether sources are visited by the plan of the night, and not all at once.
    pub by_plan: bool,
    /// Only these files of these folders, which arrived while they were watched; else everything.
    pub only: Option<Watched>,
    /// Files prepared at the same time.
    pub parallel: usize,
    /// What visits the sources that are not folders.
    pub collectors: Collectors,
    /// Set when the run should stop after the file at hand.
    pub stop: Arc<AtomicBool>,
    /// Told after every file.
    pub progress: Progress,
}

impl RunOptions {
    /// Whether the run should end.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
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
        let command = options.only.as_ref().map_or("run", |_| WATCH);
        report.run_id = Some(warehouse.start_run(command, &options.at).await?);
    }
    let run_id = report.run_id;
    let plan = options.by_plan.then_some(&company.config.nightly);
    let mut visits = Visits::new(&company.config.sources, plan, options);
    let ground = Ground::new(company, options.mode)?;
    let visiting = Visiting {
        company,
        warehouse,
        options,
        run_id,
        landing: &ground.landing,
    };
    let mut flight = Flight::new(company.config.nightly.at_once, TOGETHER);
    let first = next_landing(visiting, &mut visits, &mut flight);
    // Copying files and importing master data wait for different things.
    let importing = Instant::now();
    let (master, found) = tokio::join!(
        import_folder(company, warehouse, options, &mut report),
        first
    );
    let (master, mut found) = (master?, found?.unwrap_or_default());
    // A visit that nobody attends to would run out of its time.
    let preparing = async {
        import_records(company, warehouse, options, &mut found, &mut report).await?;
        stage(&mut report, "arrival", importing);
        if !dry_run {
            decide_anew(warehouse, options, &master, &mut report).await?;
        }
        prepare_with(warehouse, master).await
    };
    let (mut reference, findings) = flight.meanwhile(preparing.boxed()).await?;
    report.findings.extend(findings);
    loop {
        report.seen_before += found.seen_before;
        report.findings.append(&mut found.findings);
        let jobs = std::mem::take(&mut found.jobs);
        let loading = async {
            process(company, warehouse, options, &reference, jobs, &mut report).await?;
            let unanswered = acknowledge(warehouse, options, &found).await?;
            report.findings.extend(unanswered);
            anyhow::Ok(())
        };
        flight.meanwhile(loading.boxed()).await?;
        if report.interrupted {
            // Who is still visited hears of it too; what that brought is registered by the next run.
            let left = flight.land(true, std::future::pending()).await?;
            Found::of(left, &mut visits);
            break;
        }
        let Some(next) = next_landing(visiting, &mut visits, &mut flight).await? else {
            break;
        };
        found = next;
        if !found.is_empty() {
            let preparing = async {
                import_records(company, warehouse, options, &mut found, &mut report).await?;
                // What is wrong with names was said in the first round.
                prepare_with(warehouse, warehouse.master().await?).await
            };
            (reference, _) = flight.meanwhile(preparing.boxed()).await?;
        }
    }
    report.interrupted |= options.is_stopped();
    visits.finish(options, &mut report);

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
    if options.by_plan {
        completeness(company, warehouse, options, &mut report).await?;
    }
    stage(&mut report, "standing", standing);
    if !dry_run && !report.interrupted {
        let settling = Instant::now();
        let at = options.at.as_str();
        report.settlement = after_loading(company, warehouse, options.today, at).await?;
        if let Some(now) = &report.settlement {
            report.effect = settled_before(warehouse)
                .await?
                .and_then(|(run_id, before)| effect(run_id, &before, now));
        }
        stage(&mut report, "settlement", settling);
    }
    stage(&mut report, "total", begun);
    if let Some(run_id) = report.run_id {
        warehouse
            .finish_run(run_id, &options.at, &serde_json::to_value(&report)?)
            .await?;
    }
    Ok(report)
}

/// What files are prepared with by now, and what is to be said about its names.
async fn prepare_with(
    warehouse: &Warehouse,
    master: MasterData,
) -> anyhow::Result<(Arc<Reference>, Vec<Finding>)> {
    let (resolver, findings) = Resolver::new(&master);
    let reference = Reference {
        master,
        resolver,
        contents: warehouse.contents().await?,
    };
    Ok((Arc::new(reference), findings))
}

/// Resolves stored lines with what master data and names say now. Also heals what a killed decision
/// left undone.
async fn decide_anew(
    warehouse: &Warehouse,
    options: &RunOptions,
    master: &MasterData,
    report: &mut RunReport,
) -> anyhow::Result<()> {
    let decided = |file: &MasterReport| {
        file.is_names() && file.changed > 0 || file.kind == "aliases" && file.added > 0
    };
    let affected = if report.master.iter().any(decided) {
        Affected::All
    } else {
        Affected::Held
    };
    let (run_id, at, mode) = (report.run_id, options.at.as_str(), options.mode);
    let outcome = reresolve(warehouse, master, affected, Cause::Master, run_id, at, mode).await?;
    report.resolved_rows = outcome.accepted;
    Ok(())
}

/// Prepares files ahead and loads them in order. A file of a distributor waits for the one before
/// it of the same distributor, and what is only recorded for every file before it.
async fn process(
    company: &Arc<Company>,
    warehouse: &Warehouse,
    options: &RunOptions,
    reference: &Arc<Reference>,
    jobs: Vec<Job>,
    report: &mut RunReport,
) -> anyhow::Result<()> {
    let total = jobs.len();
    let at_start = Arc::new(accepted_layouts(warehouse).await?);
    let mut prepared = futures::stream::iter(jobs)
        .map(|job| {
            let (company, reference) = (Arc::clone(company), Arc::clone(reference));
            let layouts = Arc::clone(&at_start);
            tokio::task::spawn_blocking(move || prepare(&company, &reference, &layouts, job))
        })
        .buffered(options.parallel.max(1));
    let mut taking = Taking {
        layouts: BTreeMap::clone(&at_start),
        flying: FuturesOrdered::new(),
        owners: VecDeque::new(),
        timings: BTreeMap::new(),
        done: 0,
        total,
        options,
        report,
    };
    let overlap = match warehouse.engine() {
        // One writer.
        Engine::Sqlite => 1,
        Engine::Postgres => options.parallel.clamp(1, MOST_AT_ONCE),
    };
    let intake = Intake {
        run_id: taking.report.run_id,
        at: &options.at,
        mode: options.mode,
        checkpoint: true,
        again: false,
    };
    let mut turn = Turn::first();
    while let Some(file) = taking.until(prepared.next()).await? {
        if options.is_stopped() {
            taking.report.interrupted = true;
            break;
        }
        let file = file.context("preparing a file was interrupted")??;
        if file.same_as.is_some() || taking.is_flying(file.report.distributor_id.as_ref()) {
            taking.land(0).await?;
        }
        let loading = Instant::now();
        let same = take_same(warehouse, &file, intake).await?;
        let spent = micros(loading);
        if let Some(report) = same {
            taking.time(&file);
            taking.settle(Taken {
                report,
                restated: Vec::new(),
                learned: file.layouts_new,
                spent,
            });
            continue;
        }
        let file = prepare_again(company, reference, &taking.layouts, file).await?;
        if !is_loaded(&file) {
            taking.land(0).await?;
        }
        taking.time(&file);
        let next = turn.follower();
        let own = std::mem::replace(&mut turn, next);
        taking.owners.push_back(file.report.distributor_id.clone());
        taking.flying.push_back(Box::pin(async move {
            let loading = Instant::now();
            let learned = file.layouts_new.clone();
            let (report, restated) = take_in_turn(company, warehouse, file, intake, own).await?;
            Ok(Taken {
                report,
                restated,
                learned,
                spent: spent + micros(loading),
            })
        }));
        taking.land(overlap - 1).await?;
    }
    taking.land(0).await?;
    let timings = std::mem::take(&mut taking.timings);
    let whole = |(stage, micros): (&str, u64)| (stage.to_owned(), micros / 1000);
    taking.report.timings.extend(timings.into_iter().map(whole));
    Ok(())
}

/// Loads that overlap at most: each keeps a file in memory and a connection busy.
const MOST_AT_ONCE: usize = 4;

/// A file that was taken in.
struct Taken {
    report: FileReport,
    restated: Vec<RestatementReport>,
    learned: Vec<Layout>,
    /// Microseconds.
    spent: u64,
}

/// Files being taken in, and what became of those before them.
struct Taking<'t> {
    layouts: BTreeMap<String, Vec<Layout>>,
    flying: FuturesOrdered<Pin<Box<dyn Future<Output = anyhow::Result<Taken>> + Send + 't>>>,
    /// Whose files are flying.
    owners: VecDeque<Option<String>>,
    timings: BTreeMap<&'static str, u64>,
    done: usize,
    total: usize,
    options: &'t RunOptions,
    report: &'t mut RunReport,
}

impl Taking<'_> {
    /// Waits for something while files are being taken in.
    async fn until<T>(&mut self, awaited: impl Future<Output = T>) -> anyhow::Result<T> {
        let mut awaited = std::pin::pin!(awaited);
        loop {
            tokio::select! {
                Some(taken) = self.flying.next() => self.settle_next(taken?),
                found = &mut awaited => return Ok(found),
            }
        }
    }

    /// Waits until at most so many files are being taken in.
    async fn land(&mut self, left: usize) -> anyhow::Result<()> {
        while self.flying.len() > left {
            if let Some(taken) = self.flying.next().await {
                self.settle_next(taken?);
            }
        }
        Ok(())
    }

    fn is_flying(&self, owner: Option<&String>) -> bool {
        self.owners.iter().any(|flying| flying.as_ref() == owner)
    }

    fn time(&mut self, file: &Prepared) {
        for (stage, micros) in &file.timings {
            *self.timings.entry(*stage).or_default() += micros;
        }
    }

    fn settle_next(&mut self, taken: Taken) {
        self.owners.pop_front();
        self.settle(taken);
    }

    fn settle(&mut self, taken: Taken) {
        let file = taken.report;
        *self.timings.entry("load").or_default() += taken.spent;
        if file.state != FileState::Duplicate
            && let Some(distributor_id) = &file.distributor_id
        {
            self.layouts
                .entry(distributor_id.clone())
                .or_default()
                .extend(taken.learned);
        }
        self.done += 1;
        (self.options.progress)(self.done, self.total, &file);
        self.report.restatements.extend(taken.restated);
        self.report.push(file);
    }
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

/// How complete the month is whose reports are due by now; problems of `expected.csv` are findings.
async fn completeness(
    company: &Arc<Company>,
    warehouse: &Warehouse,
    options: &RunOptions,
    report: &mut RunReport,
) -> anyhow::Result<()> {
    // In its first days nothing of a month is due yet, and all of the month before is.
    let back = i64::from(company.config.settlement.report_days) + 1;
    let due = options.today.plus_days(-back).unwrap_or(options.today);
    let period = company.period_rule.period_of(due);
    match measured(company, warehouse, period, &options.clock.now()).await? {
        Ok(measured) => report.completeness = Some(measured),
        Err(problems) => report.findings.extend(problems),
    }
    Ok(())
}

/// What the newest run that settled something reported about it. Watched runs do not count: a morning
/// is compared with the morning before, whatever came in by day.
async fn settled_before(warehouse: &Warehouse) -> anyhow::Result<Option<(i64, SettlementReport)>> {
    for run in warehouse.runs_besides(WATCH, RUNS_LOOKED_AT).await? {
        let settled = run.outcome.get("settlement").cloned().unwrap_or_default();
        // Null, or of an older version of the program: then there is nothing to compare with.
        if let Ok(settled) = serde_json::from_value(settled) {
            return Ok(Some((run.run_id, settled)));
        }
    }
    Ok(None)
}

/// Runs looked through for the one before.
const RUNS_LOOKED_AT: u32 = 10;

/// Notes how long a stage took.
fn stage(report: &mut RunReport, name: &str, begun: Instant) {
    report.timings.insert(name.to_owned(), micros(begun) / 1000);
}

/// Microseconds since `begun`.
pub(crate) fn micros(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX)
}
