//! A prepared file into the warehouse, and the rest of its report: loaded or unchanged, what was
//! restated, what is late. One file, one transaction.

use std::collections::BTreeMap;

use channelflow_model::finding::{Finding, Place, Severity};
use channelflow_model::flow::ResolvedTable;
use channelflow_model::hold::Disposition;
use channelflow_model::{DayRange, FlowKind, Layout, Micros};
use channelflow_warehouse::{
    ContentKey, DeliveredSheet, Delivery, KindOutcome, LayoutState, LoadOutcome, Mode, NewLayout,
    SubmissionRecord, SubmissionState, Turn, Warehouse, WarehouseError,
};

use crate::collect::checkpoint_of;
use crate::company::Company;
use crate::prepare::{Job, Prepared};
use crate::report::{FileReport, FileState, KindReport, RestatementReport, RowCounts};

/// What loading a file is told.
#[derive(Debug, Clone, Copy)]
pub struct Intake<'a> {
    /// The run; `None` outside one and in a preview.
    pub run_id: Option<i64>,
    /// Now, ISO.
    pub at: &'a str,
    /// Stored or rolled back.
    pub mode: Mode,
    /// Whether the file is remembered as collected.
    pub checkpoint: bool,
    /// Whether the same bytes are compared again instead of being a duplicate.
    pub again: bool,
}

/// Loads or records a prepared file; returns its finished report and what it restated.
pub async fn take_in(
    company: &Company,
    warehouse: &Warehouse,
    prepared: Prepared,
    intake: Intake<'_>,
) -> anyhow::Result<(FileReport, Vec<RestatementReport>)> {
    take_in_turn(company, warehouse, prepared, intake, Turn::first()).await
}

/// The same while others are being loaded. Only what [`is_loaded`] may overlap with them.
pub async fn take_in_turn(
    company: &Company,
    warehouse: &Warehouse,
    prepared: Prepared,
    intake: Intake<'_>,
    mut turn: Turn,
) -> anyhow::Result<(FileReport, Vec<RestatementReport>)> {
    let taken = if is_loaded(&prepared) {
        load(company, warehouse, prepared, intake, &mut turn).await?
    } else {
        (record(warehouse, prepared, intake).await?, Vec::new())
    };
    turn.done();
    Ok(taken)
}

/// Whether a file has something to load; otherwise it is only recorded.
pub fn is_loaded(prepared: &Prepared) -> bool {
    match prepared.report.state {
        FileState::Loaded => true,
        FileState::Empty => !prepared.tables.is_empty(),
        _ => false,
    }
}

/// Records a file whose cells an earlier submission had. `None` when what was loaded then no longer
/// stands: the file must be prepared afresh.
pub async fn take_same(
    warehouse: &Warehouse,
    prepared: &Prepared,
    intake: Intake<'_>,
) -> anyhow::Result<Option<FileReport>> {
    let Some(earlier) = prepared.same_as else {
        return Ok(None);
    };
    let mut report = prepared.report.clone();
    report.rows = RowCounts::default();
    let counts = serde_json::to_value(&report.rows)?;
    let record = record_of(&prepared.job, &report, &[], &counts, intake);
    let outcome = warehouse.record_same(&record, earlier, intake.mode).await?;
    Ok(outcome.map(|outcome| {
        finish(&mut report, &outcome, &BTreeMap::new());
        report
    }))
}

async fn load(
    company: &Company,
    warehouse: &Warehouse,
    prepared: Prepared,
    intake: Intake<'_>,
    turn: &mut Turn,
) -> anyhow::Result<(FileReport, Vec<RestatementReport>)> {
    let Prepared {
        job,
        mut report,
        tables,
        orders,
        sheets,
        layouts_new,
        content,
        ..
    } = prepared;
    let sheets = delivered_sheets(&sheets);
    let distributor_id = report.distributor_id.clone().unwrap_or_default();
    let delivery = Delivery {
        run_id: intake.run_id,
        distributor_id: &distributor_id,
        source: &job.source,
        file_name: &job.file,
        artifact: &job.artifact,
        bytes: job.bytes,
        received_at: intake.at,
        tables: &tables,
        orders: &orders,
        sheets: &sheets,
        layouts_new: &layouts_new,
        counts: &serde_json::to_value(&report.rows)?,
        findings: &report.findings,
        again: intake.again,
        replace: intake.again,
        content: content.as_ref().map(|content| ContentKey {
            bodies: &content.bodies,
            digest: &content.digest,
        }),
        checkpoint: intake.checkpoint.then(|| checkpoint_of(&job)),
        period_rule: company.period_rule,
    };
    let loaded = warehouse.load_in_turn(&delivery, intake.mode, turn).await;
    let outcome = match loaded {
        Ok(outcome) => outcome,
        Err(WarehouseError::SharesNothing { kind, closed }) => {
            let rows_in = report.rows.rows_in;
            report.state = FileState::HeldReplacement;
            report.rows = RowCounts {
                rows_in,
                ..RowCounts::default()
            };
            report
                .rows
                .held
                .insert("shares_nothing".to_owned(), rows_in);
            let finding = Finding::new("shares_nothing", Severity::Error, Place::default());
            report
                .findings
                .push(finding.fact("kind", kind).fact("closed", closed));
            return Ok((
                record_report(warehouse, &job, report, &sheets, intake).await?,
                Vec::new(),
            ));
        }
        Err(error) => return Err(error.into()),
    };
    let amounts: BTreeMap<FlowKind, Micros> = tables
        .iter()
        .map(|table| (table.flow.kind, accepted_amount(table)))
        .collect();
    finish(&mut report, &outcome, &amounts);
    let restated = restatements(&distributor_id, &outcome);
    Ok((report, restated))
}

/// Records a file without lines: refused, held for its layout, of unknown origin, a duplicate.
async fn record(
    warehouse: &Warehouse,
    prepared: Prepared,
    intake: Intake<'_>,
) -> anyhow::Result<FileReport> {
    let Prepared {
        job,
        report,
        sheets,
        layouts_changed,
        ..
    } = prepared;
    let report = record_report(warehouse, &job, report, &delivered_sheets(&sheets), intake).await?;
    if let (Some(submission_id), Some(distributor_id)) =
        (report.submission_id, &report.distributor_id)
    {
        for layout in &layouts_changed {
            save_pending(warehouse, distributor_id, layout, submission_id, intake).await?;
        }
    }
    Ok(report)
}

/// Records a report that stored no line; it has a number unless nothing is stored at all.
async fn record_report(
    warehouse: &Warehouse,
    job: &Job,
    mut report: FileReport,
    sheets: &[DeliveredSheet],
    intake: Intake<'_>,
) -> anyhow::Result<FileReport> {
    let counts = serde_json::to_value(&report.rows)?;
    let record = record_of(job, &report, sheets, &counts, intake);
    let submission_id = warehouse.record_submission(&record, intake.mode).await?;
    report.submission_id = (intake.mode == Mode::Commit).then_some(submission_id);
    Ok(report)
}

fn record_of<'a>(
    job: &'a Job,
    report: &'a FileReport,
    sheets: &'a [DeliveredSheet],
    counts: &'a serde_json::Value,
    intake: Intake<'a>,
) -> SubmissionRecord<'a> {
    SubmissionRecord {
        run_id: intake.run_id,
        distributor_id: report.distributor_id.as_deref().unwrap_or_default(),
        source: &job.source,
        file_name: &job.file,
        artifact: &job.artifact,
        bytes: job.bytes,
        received_at: intake.at,
        state: stored_state(report.state),
        duplicate_of: report.duplicate_of,
        sheets,
        counts,
        findings: &report.findings,
        checkpoint: intake.checkpoint.then(|| checkpoint_of(job)),
    }
}

async fn save_pending(
    warehouse: &Warehouse,
    distributor_id: &str,
    layout: &Layout,
    submission_id: i64,
    intake: Intake<'_>,
) -> anyhow::Result<()> {
    let known = warehouse
        .layouts(distributor_id)
        .await?
        .into_iter()
        .any(|stored| {
            stored.layout.kind == layout.kind && stored.layout.fingerprint == layout.fingerprint
        });
    if !known {
        let new = NewLayout {
            distributor_id,
            layout,
            state: LayoutState::Pending,
            submission_id: Some(submission_id),
        };
        warehouse
            .save_layout(new, "", intake.at, intake.mode)
            .await?;
    }
    Ok(())
}

/// Puts what the warehouse found into the report: accepted rows become loaded or unchanged.
fn finish(report: &mut FileReport, outcome: &LoadOutcome, amounts: &BTreeMap<FlowKind, Micros>) {
    report.submission_id = Some(outcome.submission_id);
    report.duplicate_of = outcome.duplicate_of;
    report.findings.extend(outcome.findings.iter().cloned());
    report.state = match outcome.state {
        SubmissionState::Unchanged => FileState::Unchanged,
        SubmissionState::Duplicate => FileState::Duplicate,
        SubmissionState::Empty => FileState::Empty,
        _ => report.state,
    };
    if report.state == FileState::Duplicate {
        // Recognised before anything was compared: its rows are those of the first delivery.
        report.rows = RowCounts::default();
        report.controls.clear();
        report.findings.clone_from(&outcome.findings);
        return;
    }
    let classes = outcome.classes();
    report.rows.loaded = classes.loaded;
    report.rows.unchanged = classes.unchanged;
    report.kinds = outcome
        .kinds
        .iter()
        .map(|kind| kind_report(kind, amounts.get(&kind.kind).copied().unwrap_or_default()))
        .collect();
}

fn kind_report(kind: &KindOutcome, amount: Micros) -> KindReport {
    KindReport {
        kind: kind.kind,
        range: kind.range,
        declared: kind.declared,
        added: kind.opened,
        closed: kind.closed,
        late: kind.late_lines + kind.reversals,
        days_changed: kind.days_changed,
        days_unchanged: kind.days_unchanged,
        amount,
    }
}

/// Sum of the reported amounts of accepted lines.
fn accepted_amount(table: &ResolvedTable) -> Micros {
    let sum = table
        .disposition
        .iter()
        .zip(&table.flow.amount)
        .filter(|(disposition, _)| **disposition == Disposition::Accepted)
        .filter_map(|(_, amount)| *amount)
        .map(|amount| i128::from(amount.0))
        .sum();
    Micros::from_i128(sum).unwrap_or(Micros(i64::MAX))
}

/// One entry per kind from the per-day log.
fn restatements(distributor_id: &str, outcome: &LoadOutcome) -> Vec<RestatementReport> {
    let mut by_kind: BTreeMap<FlowKind, RestatementReport> = BTreeMap::new();
    for change in &outcome.restatements {
        let late = outcome
            .kinds
            .iter()
            .find(|kind| kind.kind == change.kind)
            .map_or(0, |kind| kind.late_lines + kind.reversals);
        let entry = by_kind
            .entry(change.kind)
            .or_insert_with(|| RestatementReport {
                distributor_id: distributor_id.to_owned(),
                kind: change.kind,
                submission_id: outcome.submission_id,
                range: DayRange {
                    first: change.day,
                    last: change.day,
                },
                days: 0,
                added: 0,
                closed: 0,
                late,
                amount_change: Micros::ZERO,
            });
        entry.range.first = entry.range.first.min(change.day);
        entry.range.last = entry.range.last.max(change.day);
        entry.days += 1;
        entry.added += change.added + change.modified;
        entry.closed += change.removed + change.modified;
        let difference = change.amount_after.checked_sub(change.amount_before);
        entry.amount_change = difference
            .and_then(|difference| entry.amount_change.checked_add(difference))
            .unwrap_or(Micros(i64::MAX));
    }
    by_kind.into_values().collect()
}

fn delivered_sheets(sheets: &[channelflow_normalize::SheetReport]) -> Vec<DeliveredSheet> {
    sheets
        .iter()
        .map(|sheet| DeliveredSheet {
            place: sheet.place.clone(),
            kind: sheet.kind,
            fingerprint: sheet
                .layout
                .as_ref()
                .map(|layout| layout.fingerprint.clone())
                .unwrap_or_default(),
        })
        .collect()
}

fn stored_state(state: FileState) -> SubmissionState {
    match state {
        FileState::Loaded => SubmissionState::Loaded,
        FileState::Unchanged => SubmissionState::Unchanged,
        FileState::Duplicate => SubmissionState::Duplicate,
        FileState::Empty => SubmissionState::Empty,
        FileState::HeldLayout => SubmissionState::HeldLayout,
        FileState::HeldReplacement => SubmissionState::HeldReplacement,
        FileState::WrongDistributor => SubmissionState::WrongDistributor,
        FileState::UnknownDistributor => SubmissionState::UnknownDistributor,
        FileState::Refused => SubmissionState::Refused,
    }
}
