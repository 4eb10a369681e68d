//! One artifact from bytes to resolved tables: read → whose is it → normalize → resolve → check.
//! Nothing is stored here, and nothing here depends on what another file of the run does, except
//! the layouts accepted so far: a file prepared before its distributor's layout was learned is
//! prepared again (`Prepared::layouts_known`).

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::Instant;

use channelflow_collect::{Cursor, Version};
use channelflow_model::finding::{Finding, Place, Severity};
use channelflow_model::flow::{FlowTable, ResolvedTable};
use channelflow_model::hold::Disposition;
use channelflow_model::master::MasterData;
use channelflow_model::{DropReason, FlowKind, Layout};
use channelflow_normalize::{FileContext, Normalized, SheetReport, SheetState};
use channelflow_resolve::{Recognition, Resolver, recognise};
use channelflow_warehouse::{KnownContent, LineOrder};

use crate::company::Company;
use crate::content::{Cells, Content, circumstances};
use crate::report::{ControlReport, FileReport, FileState, RowCounts};
use crate::run::micros;

/// A file that waits to be processed.
#[derive(Debug, Clone)]
pub struct Job {
    /// Source it came through; `-` for a file named on the command line.
    pub source: String,
    /// Where its bytes are.
    pub path: PathBuf,
    /// How the report calls it: path below the source, or as given.
    pub file: String,
    /// Folder below the source, which names the distributor.
    pub folder: Option<String>,
    /// Distributor a person named; overrules everything else.
    pub told: Option<String>,
    /// Kind a person named.
    pub kind: Option<FlowKind>,
    /// SHA-256 of the bytes, hexadecimal.
    pub artifact: String,
    /// Number of bytes.
    pub bytes: u64,
    /// Its version in the source.
    pub version: Version,
    /// How far its resource is read with it.
    pub cursor: Option<Cursor>,
    /// Whether its lines are compared even if a file with the same cells was loaded before.
    pub afresh: bool,
}

impl Job {
    /// Last part of the file's path.
    pub fn file_name(&self) -> &str {
        self.file.rsplit(['/', '\\']).next().unwrap_or(&self.file)
    }
}

/// What every file of a run is prepared with.
pub struct Reference {
    /// Master data and aliases at the beginning of the run.
    pub master: MasterData,
    /// The index over them.
    pub resolver: Resolver,
    /// Content of the files loaded before, by distributor.
    pub contents: HashMap<String, Vec<KnownContent>>,
}

/// A file ready to be loaded, or found not to be loadable.
pub struct Prepared {
    /// The file.
    pub job: Job,
    /// What is known about it so far; `loaded` rows are still counted as accepted.
    pub report: FileReport,
    /// Lines by kind; empty unless the state is `loaded` or `empty`.
    pub tables: Vec<ResolvedTable>,
    /// The order of the lines of each table.
    pub(crate) orders: Vec<LineOrder>,
    /// The sheets, for the submission.
    pub sheets: Vec<SheetReport>,
    /// Layouts seen for the first time; accepted when the file is loaded.
    pub layouts_new: Vec<Layout>,
    /// Layouts that differ from the accepted ones; a person decides.
    pub layouts_changed: Vec<Layout>,
    /// The submission that had the same cells; then there are no lines.
    pub same_as: Option<i64>,
    /// What it says, to know it again.
    pub(crate) content: Option<Content>,
    /// Fingerprints that were accepted when the file was prepared.
    pub layouts_known: Vec<String>,
    /// Microseconds by stage.
    pub timings: BTreeMap<&'static str, u64>,
}

/// Prepares one file. `layouts` are the accepted layouts by distributor.
pub fn prepare(
    company: &Company,
    reference: &Reference,
    layouts: &BTreeMap<String, Vec<Layout>>,
    job: Job,
) -> anyhow::Result<Prepared> {
    let mut prepared = Prepared {
        report: FileReport::new(&job.source, &job.file, FileState::Refused),
        job,
        tables: Vec::new(),
        orders: Vec::new(),
        sheets: Vec::new(),
        layouts_new: Vec::new(),
        layouts_changed: Vec::new(),
        same_as: None,
        content: None,
        layouts_known: Vec::new(),
        timings: BTreeMap::new(),
    };
    prepared.report.artifact.clone_from(&prepared.job.artifact);
    let begun = Instant::now();
    let outcome =
        channelflow_read::read_in_child(&company.program, &prepared.job.path, &company.limits)?;
    prepared.timings.insert("read", micros(begun));
    prepared.report.findings = outcome.findings;
    if outcome.refused {
        prepared.report.distributor_id = by_folder(reference, &prepared.job);
        name_distributor(&mut prepared.report, reference);
        return Ok(prepared);
    }
    let rows_in: u64 = outcome
        .tables
        .iter()
        .map(|table| table.row_count() as u64)
        .sum();
    prepared.report.rows.rows_in = rows_in;
    prepared.report.format = outcome
        .tables
        .first()
        .map(|t| t.format.clone())
        .unwrap_or_default();

    let head = channelflow_normalize::head_texts(&outcome.tables);
    let Some(distributor_id) = owner(reference, &mut prepared, &head) else {
        let reason = prepared.report.state.as_str().to_owned();
        prepared.report.rows.held.insert(reason, rows_in);
        name_distributor(&mut prepared.report, reference);
        return Ok(prepared);
    };
    prepared.report.distributor_id = Some(distributor_id.clone());
    name_distributor(&mut prepared.report, reference);

    let accepted = layouts
        .get(&distributor_id)
        .map(Vec::as_slice)
        .unwrap_or_default();
    prepared.layouts_known = accepted
        .iter()
        .map(|layout| layout.fingerprint.clone())
        .collect();
    let begun = Instant::now();
    let cells = Cells::of(&outcome.tables);
    let known = reference.contents.get(&distributor_id);
    if let Some(known) = known.filter(|_| !prepared.job.afresh) {
        let now = circumstances(company, &prepared.job, accepted.iter());
        prepared.same_as = cells.recognise(known, &now);
        if prepared.same_as.is_some() {
            prepared.report.state = FileState::Duplicate;
            prepared.timings.insert("normalize", micros(begun));
            return Ok(prepared);
        }
    }
    let context = FileContext {
        file_name: prepared.job.file_name(),
        layouts: accepted,
        settings: &company.normalize,
        kind: prepared.job.kind,
        range: None,
    };
    let normalized =
        channelflow_normalize::normalize(&outcome.tables, &context, &company.vocabulary);
    // A layout seen for the first time is accepted with the file and known to the next one.
    let learned = normalized.sheets.iter().filter_map(|sheet| {
        let is_new = sheet.state == SheetState::New;
        sheet.layout.as_ref().filter(|_| is_new)
    });
    let then = circumstances(company, &prepared.job, accepted.iter().chain(learned));
    prepared.content = cells.content(&normalized.sheets, &normalized.flows, &then);
    prepared.timings.insert("normalize", micros(begun));
    drop((outcome.tables, cells));
    take(&mut prepared, reference, &distributor_id, normalized);
    let begun = Instant::now();
    let tables = prepared.tables.iter();
    prepared.orders = tables.map(|table| LineOrder::of(&table.flow)).collect();
    prepared.timings.insert("order", micros(begun));
    Ok(prepared)
}

/// Resolves and checks what was normalised and does the accounting of rows.
fn take(
    prepared: &mut Prepared,
    reference: &Reference,
    distributor_id: &str,
    normalized: Normalized,
) {
    let report = &mut prepared.report;
    report.findings.extend(normalized.findings);
    report.controls = normalized
        .controls
        .iter()
        .map(|control| ControlReport {
            place: control.place.to_string(),
            field: control.field.as_str().to_owned(),
            stated: control.stated,
            computed: control.computed,
        })
        .collect();
    for sheet in &normalized.sheets {
        let Some(layout) = &sheet.layout else {
            continue;
        };
        match &sheet.state {
            SheetState::New => prepared.layouts_new.push(layout.clone()),
            SheetState::Changed { .. } => prepared.layouts_changed.push(layout.clone()),
            SheetState::Known | SheetState::Skipped => {}
        }
    }
    prepared.sheets = normalized.sheets;
    if !prepared.layouts_changed.is_empty() {
        report.state = FileState::HeldLayout;
        let rows_in = report.rows.rows_in;
        report
            .rows
            .held
            .insert("layout_changed".to_owned(), rows_in);
        return;
    }
    let mut rows = RowCounts {
        rows_in: report.rows.rows_in,
        ..RowCounts::default()
    };
    for dropped in &normalized.dropped {
        *rows
            .dropped
            .entry(dropped.reason.as_str().to_owned())
            .or_default() += 1;
    }
    for flow in normalized.flows {
        let begun = Instant::now();
        let mut table = reference.resolver.resolve(distributor_id, flow);
        *prepared.timings.entry("resolve").or_default() += micros(begun);
        let begun = Instant::now();
        report
            .findings
            .extend(channelflow_check::check(&mut table, &reference.master));
        *prepared.timings.entry("check").or_default() += micros(begun);
        count_lines(&table, &mut rows);
        prepared.tables.push(table);
    }
    report.state = if prepared.tables.iter().any(|table| !table.flow.is_empty()) {
        FileState::Loaded
    } else if report
        .findings
        .iter()
        .any(|finding| finding.code == "no_lines")
    {
        // A header without a line: nothing to load, and nobody has said that nothing was sold.
        FileState::Empty
    } else {
        FileState::Refused
    };
    prepared.tables.retain(|table| !table.flow.is_empty());
    if let Some((kind, range)) = normalized.declared_empty {
        if prepared.tables.is_empty() {
            report.state = FileState::Empty;
        }
        // A book may say it of its sales while other sheets carry lines.
        let carried = |table: &ResolvedTable| table.flow.kind == kind;
        if range.is_some() && !prepared.tables.iter().any(carried) {
            let mut flow = FlowTable::new(kind);
            flow.range = range;
            flow.declared = true;
            prepared
                .tables
                .push(reference.resolver.resolve(distributor_id, flow));
        }
    }
    if report.state == FileState::Refused
        && !report
            .findings
            .iter()
            .any(|finding| finding.severity == Severity::Error)
    {
        report.findings.push(Finding::new(
            "no_flow_sheet",
            Severity::Error,
            Place::default(),
        ));
    }
    report.rows = rows;
}

/// Counts every line once: accepted ones as `loaded` until the warehouse has compared them.
fn count_lines(table: &ResolvedTable, rows: &mut RowCounts) {
    for disposition in &table.disposition {
        match disposition {
            Disposition::Accepted => rows.loaded += 1,
            Disposition::Held(reason) => {
                *rows.held.entry(reason.as_str().to_owned()).or_default() += 1;
            }
            Disposition::Dropped(reason) => {
                *rows.dropped.entry(reason.as_str().to_owned()).or_default() += 1;
            }
        }
    }
    debug_assert!(table.disposition.iter().all(|disposition| !matches!(
        disposition,
        Disposition::Dropped(reason) if *reason != DropReason::Ignored
    )));
}

/// Whose file it is; `None` sets the state and the finding that says why not.
fn owner(reference: &Reference, prepared: &mut Prepared, head: &[String]) -> Option<String> {
    let job = &prepared.job;
    if let Some(told) = &job.told {
        return Some(told.clone());
    }
    let recognition = recognise(
        &reference.master.distributors,
        job.folder.as_deref(),
        job.file_name(),
        head,
    );
    match recognition {
        Recognition::Known { id, .. } => Some(id),
        Recognition::Conflict {
            folder_id,
            content_id,
            text,
        } => {
            prepared.report.state = FileState::WrongDistributor;
            prepared.report.findings.push(
                Finding::new("wrong_distributor", Severity::Error, Place::default())
                    .fact("folder", &folder_id)
                    .fact("content", content_id)
                    .fact("text", text),
            );
            prepared.report.distributor_id = Some(folder_id);
            None
        }
        Recognition::Unknown { candidates } => {
            prepared.report.state = FileState::UnknownDistributor;
            let finding = if candidates.is_empty() {
                Finding::new("unknown_distributor", Severity::Error, Place::default())
            } else {
                Finding::new("several_distributors", Severity::Error, Place::default())
                    .fact("candidates", candidates.join(", "))
            };
            prepared.report.findings.push(finding);
            None
        }
    }
}

fn by_folder(reference: &Reference, job: &Job) -> Option<String> {
    let named = job.told.as_ref().or(job.folder.as_ref())?;
    reference
        .master
        .distributors
        .iter()
        .find(|distributor| distributor.id == *named)
        .map(|distributor| distributor.id.clone())
}

fn name_distributor(report: &mut FileReport, reference: &Reference) {
    report.distributor_name = reference
        .master
        .distributors
        .iter()
        .find(|distributor| Some(&distributor.id) == report.distributor_id.as_ref())
        .map(|distributor| distributor.name.clone());
}
