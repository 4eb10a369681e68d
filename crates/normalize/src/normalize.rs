//! The order of things: plan every sheet, read it, put the lines of each kind together, account
//! for every row.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use channelflow_model::{DayRange, DropReason, Finding, FlowKind, Place, RawTable, Severity};

use crate::build::Builder;
use crate::read::{self, Sheet};
use crate::rows::Row;
use crate::sheet::{self, Plan, Skip};
use crate::vocabulary::Vocabulary;
use crate::{
    ControlTotal, DroppedRow, FileContext, Normalized, SheetReport, SheetState, header, kind,
    lines, range,
};

/// Turns the tables of one file into flow tables.
pub fn normalize(
    tables: &[RawTable],
    context: &FileContext<'_>,
    vocabulary: &Vocabulary,
) -> Normalized {
    let mut findings = Vec::new();
    let mut sheets: Vec<Result<Sheet<'_>, Box<Skip>>> = Vec::with_capacity(tables.len());
    for table in tables {
        let planned = sheet::plan(table, context, vocabulary, &mut findings);
        sheets.push(planned.and_then(|plan| read::read(plan, context, vocabulary, &mut findings)));
    }
    skip_summaries(&mut sheets, vocabulary, &mut findings);

    let mut builders: BTreeMap<FlowKind, Builder> = BTreeMap::new();
    let mut reports = Vec::with_capacity(tables.len());
    let mut dropped = Vec::new();
    let mut controls: Vec<ControlTotal> = Vec::new();
    let mut empty_sheets: Vec<&RawTable> = Vec::new();
    for (table, sheet) in tables.iter().zip(sheets) {
        let rows_in = table.row_count() as u64;
        let mut report = SheetReport {
            place: sheet::place_of(table),
            format: table.format.clone(),
            rows_in,
            lines: 0,
            state: SheetState::Skipped,
            layout: None,
            kind: None,
            any_order_from: None,
        };
        match sheet {
            Err(skip) => {
                drop_all(table, &mut dropped);
                report.kind = skip.kind;
                report.layout = skip.layout;
                empty_sheets.push(table);
            }
            Ok(mut sheet) => {
                let kind = sheet.plan.layout.kind;
                let before = dropped.len();
                let zero_rows = if sheet.has_lines() {
                    let builder = builders.entry(kind).or_insert_with(|| Builder::new(kind));
                    lines::append(&sheet, builder, context, vocabulary, &mut findings)
                } else {
                    empty_sheets.push(table);
                    Vec::new()
                };
                drop_rows(&sheet, &zero_rows, &mut dropped);
                report.lines = rows_in - (dropped.len() - before) as u64;
                report.kind = Some(kind);
                report.any_order_from =
                    (sheet.in_any_order && sheet.has_lines()).then_some(sheet.classified.first_row);
                controls.append(&mut sheet.controls);
                report.state = sheet.plan.state;
                report.layout = Some(sheet.plan.layout);
            }
        }
        reports.push(report);
    }
    let flows: Vec<_> = builders
        .into_values()
        .map(|builder| builder.finish(context, &mut findings))
        .filter(|flow| !flow.is_empty())
        .collect();
    let declared_empty = declared_empty(&empty_sheets, flows.is_empty(), context, vocabulary)
        .filter(|(kind, _)| flows.iter().all(|flow| flow.kind != *kind));
    settle_findings(&reports, flows.is_empty(), declared_empty, &mut findings);
    Normalized {
        flows,
        sheets: reports,
        dropped,
        controls,
        findings,
        declared_empty,
    }
}

/// Texts that may name who wrote the file: sheet names and what stands above the headers.
pub fn head_texts(tables: &[RawTable]) -> Vec<String> {
    static BUILTIN: LazyLock<Vocabulary> = LazyLock::new(Vocabulary::builtin);
    /// Rows looked at in a table without a header.
    const WITHOUT_HEADER: usize = 10;

    let mut texts = Vec::new();
    for table in tables {
        if table.sheet != "-" {
            texts.push(table.sheet.clone());
        }
        let rows = header::find(table, &[], &BUILTIN)
            .map_or(table.row_count().min(WITHOUT_HEADER), |header| {
                header.first_row
            });
        texts.extend(sheet::title_texts(table, rows));
    }
    texts
}

fn skip_of(plan: &Plan<'_>) -> Skip {
    Skip {
        kind: Some(plan.layout.kind),
        layout: Some(plan.layout.clone()),
    }
}

/// A sheet called 汇总 beside another one of its kind repeats that one's lines in sum.
fn skip_summaries(
    sheets: &mut [Result<Sheet<'_>, Box<Skip>>],
    vocabulary: &Vocabulary,
    findings: &mut Vec<Finding>,
) {
    let is_summary = |sheet: &Sheet<'_>| kind::is_summary(&sheet.plan.table.sheet, vocabulary);
    let detailed: Vec<FlowKind> = sheets
        .iter()
        .flatten()
        .filter(|sheet| sheet.has_lines() && !is_summary(sheet))
        .map(|sheet| sheet.plan.layout.kind)
        .collect();
    for slot in sheets {
        let skip = match slot {
            Ok(sheet) if is_summary(sheet) && detailed.contains(&sheet.plan.layout.kind) => {
                let at = Place::sheet(&sheet.plan.place);
                findings.push(Finding::new("summary_sheet", Severity::Warning, at));
                skip_of(&sheet.plan)
            }
            _ => continue,
        };
        *slot = Err(Box::new(skip));
    }
}

fn drop_all(table: &RawTable, dropped: &mut Vec<DroppedRow>) {
    dropped.extend(table.row_numbers.iter().map(|row| DroppedRow {
        sheet: table.sheet_index,
        row: *row,
        reason: DropReason::SkippedSheet,
    }));
}

/// Gives every row of a sheet that is no line its reason. `zero_rows` ascend.
fn drop_rows(sheet: &Sheet<'_>, zero_rows: &[u32], dropped: &mut Vec<DroppedRow>) {
    let table = sheet.plan.table;
    let header = &sheet.plan.header;
    let mut zero_rows = zero_rows.iter().peekable();
    for (index, row) in table.row_numbers.iter().enumerate() {
        let is_zero = zero_rows.next_if(|zero| **zero as usize == index).is_some();
        let class = index.checked_sub(sheet.classified.first_row);
        let reason = match class.and_then(|index| sheet.classified.rows.get(index)) {
            None if index < header.first_row => DropReason::OutsideTable,
            None => DropReason::Header,
            Some(Row::Line | Row::Unlabelled) if is_zero => DropReason::ZeroRow,
            Some(Row::Line | Row::Unlabelled) => continue,
            Some(Row::Total(_)) => DropReason::Total,
            Some(Row::RepeatedHeader) => DropReason::RepeatedHeader,
            Some(Row::SectionLabel) => DropReason::SectionLabel,
            Some(Row::Outside) => DropReason::OutsideTable,
        };
        dropped.push(DroppedRow {
            sheet: table.sheet_index,
            row: *row,
            reason,
        });
    }
}

/// Whether sheets without lines say that there were none: 本月无销售. The name of the file may say
/// it too, if no other sheet carries lines.
fn declared_empty(
    tables: &[&RawTable],
    no_lines: bool,
    context: &FileContext<'_>,
    vocabulary: &Vocabulary,
) -> Option<(FlowKind, Option<DayRange>)> {
    /// A declaration is a sentence in a small sheet, not a cell among thousands.
    const ROWS: usize = 50;

    let said = |text: &str| says_empty(text, vocabulary);
    let by_file = said(context.file_name).filter(|_| no_lines);
    let small = tables.iter().filter(|table| table.row_count() <= ROWS);
    let by_text = small.clone().find_map(|table| {
        let texts = sheet::title_texts(table, table.row_count());
        texts.iter().find_map(|text| said(text))
    });
    let kind = by_text.or(by_file)?;
    let range = context.range.or_else(|| {
        small.clone().find_map(|table| {
            range::declared(table, table.row_count(), &[context.file_name], vocabulary).range()
        })
    });
    Some((context.kind.unwrap_or(kind), range))
}

/// The kind of which a text says that there was none.
pub(crate) fn says_empty(text: &str, vocabulary: &Vocabulary) -> Option<FlowKind> {
    let words = vocabulary.words();
    let lists = [
        (FlowKind::Sale, &words.no_sale),
        (FlowKind::Purchase, &words.no_purchase),
        (FlowKind::Inventory, &words.no_inventory),
    ];
    let text = vocabulary.folded(text);
    let found = lists
        .iter()
        .find(|(_, list)| list.iter().any(|word| text.contains(word.as_str())));
    found.map(|(kind, _)| *kind)
}

/// Sheets without a header matter only when no other sheet carries lines; a declared empty file
/// needs no complaint about its sheets.
fn settle_findings(
    reports: &[SheetReport],
    no_lines: bool,
    declared_empty: Option<(FlowKind, Option<DayRange>)>,
    findings: &mut Vec<Finding>,
) {
    for finding in findings.iter_mut() {
        if matches!(finding.code.as_ref(), "no_header" | "empty_sheet") {
            finding.severity = match (no_lines, declared_empty) {
                (true, None) => Severity::Error,
                _ => Severity::Info,
            };
        }
    }
    if let Some((kind, range)) = declared_empty {
        let shown = range.map_or("–".to_owned(), |range| range.to_string());
        let finding = Finding::new("declared_empty", Severity::Info, Place::default());
        findings.push(finding.fact("kind", kind).fact("range", shown));
    }
    let declared = declared_empty.map(|(kind, _)| kind);
    for report in reports {
        let is_declared = declared.is_some() && report.kind == declared;
        if report.state != SheetState::Skipped && report.lines == 0 && !is_declared {
            let at = Place::sheet(&report.place);
            let severity = if no_lines {
                Severity::Error
            } else {
                Severity::Warning
            };
            findings.push(Finding::new("no_lines", severity, at));
        }
    }
}
