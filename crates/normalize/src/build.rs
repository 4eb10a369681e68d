//! Puts the sheets of one kind together in one flow table: dictionaries, days, ranges.

use std::collections::BTreeMap;

use channelflow_model::flow::{ReportedLot, ReportedParty, ReportedProduct};
use channelflow_model::{
    Day, DayRange, Finding, FlowKind, FlowTable, HoldReason, LineFlags, Place, Severity,
};
use rustc_hash::FxHashMap;

use crate::range::{self, Verdict};
use crate::sheet::Plan;
use crate::texts::{TextIndex, index};
use crate::{FileContext, duplicates};

/// A flow table that is being filled.
pub(crate) struct Builder {
    pub(crate) flow: FlowTable,
    parties: FxHashMap<ReportedParty, u32>,
    products: FxHashMap<ReportedProduct, u32>,
    lots: FxHashMap<ReportedLot, u32>,
    pub(crate) texts: TextIndex,
    /// Lines without a certain day, and the latest day they may be.
    pub(crate) unknown_days: Vec<(u32, Option<Day>)>,
    /// What each sheet with lines declares.
    ranges: Vec<Option<DayRange>>,
    first_and_last: Option<DayRange>,
}

impl Builder {
    pub(crate) fn new(kind: FlowKind) -> Self {
        Builder {
            flow: FlowTable::new(kind),
            parties: FxHashMap::from_iter([(ReportedParty::default(), 0)]),
            products: FxHashMap::default(),
            lots: FxHashMap::from_iter([(ReportedLot::default(), 0)]),
            texts: TextIndex::default(),
            unknown_days: Vec::new(),
            ranges: Vec::new(),
            first_and_last: None,
        }
    }

    pub(crate) fn party(&mut self, party: ReportedParty) -> u32 {
        let next = index(self.flow.parties.len());
        *self.parties.entry(party).or_insert_with_key(|party| {
            self.flow.parties.push(party.clone());
            next
        })
    }

    pub(crate) fn product(&mut self, product: ReportedProduct) -> u32 {
        let next = index(self.flow.products.len());
        *self.products.entry(product).or_insert_with_key(|product| {
            self.flow.products.push(product.clone());
            next
        })
    }

    pub(crate) fn lot(&mut self, lot: ReportedLot) -> u32 {
        let next = index(self.flow.lots.len());
        *self.lots.entry(lot).or_insert_with_key(|lot| {
            self.flow.lots.push(lot.clone());
            next
        })
    }

    /// Judges what a sheet declares by the days of its lines, which begin at `first_line`.
    pub(crate) fn close_sheet(
        &mut self,
        plan: &Plan<'_>,
        context: &FileContext<'_>,
        first_line: usize,
        findings: &mut Vec<Finding>,
    ) {
        if self.flow.len() == first_line {
            return;
        }
        let days = self.days_from(first_line);
        for (day, _) in &days {
            let range = self.first_and_last.get_or_insert(DayRange {
                first: *day,
                last: *day,
            });
            range.first = range.first.min(*day);
            range.last = range.last.max(*day);
        }
        let mut contradicted = None;
        let declared = if self.flow.kind == FlowKind::Inventory {
            // A snapshot says nothing about other days, whatever month its file is named after.
            contradicted = plan.declared.contradicts_snapshots(&days);
            None
        } else if days.is_empty() {
            plan.declared.range()
        } else {
            match plan.declared.judge(&days) {
                Verdict::Agreed(range) => Some(range),
                Verdict::Nothing => None,
                Verdict::Contradicted(range) => {
                    contradicted = Some(range);
                    None
                }
            }
        };
        if let Some(range) = contradicted.filter(|_| context.range.is_none()) {
            let at = Place::sheet(&plan.place);
            let first = days.first().map_or(range.first, |(day, _)| *day);
            let last = days.last().map_or(range.last, |(day, _)| *day);
            findings.push(
                Finding::new("range_contradicted", Severity::Warning, at)
                    .fact("declared", range)
                    .fact("first", first)
                    .fact("last", last),
            );
        }
        self.ranges.push(declared);
    }

    /// Certain days of the lines from `first_line` on, ascending, with their number of lines.
    fn days_from(&self, first_line: usize) -> Vec<(Day, u64)> {
        let mut counts: FxHashMap<i32, u64> = FxHashMap::default();
        let lines = self.flow.day.iter().zip(&self.flow.flags).skip(first_line);
        for (day, _) in lines.filter(|(_, flags)| !flags.has(LineFlags::DAY_UNKNOWN)) {
            *counts.entry(day.number()).or_default() += 1;
        }
        let days: BTreeMap<i32, u64> = counts.into_iter().collect();
        let known = days
            .into_iter()
            .filter_map(|(number, count)| Some((Day::from_number(number)?, count)));
        known.collect()
    }

    /// Settles range, unknown days and marks that need all lines.
    pub(crate) fn finish(
        mut self,
        context: &FileContext<'_>,
        findings: &mut Vec<Finding>,
    ) -> FlowTable {
        let sheets: Option<Vec<DayRange>> = self.ranges.iter().copied().collect();
        let declared = context.range.or_else(|| sheets.and_then(range::join));
        let possible: Vec<Day> = self
            .unknown_days
            .iter()
            .filter_map(|(_, day)| *day)
            .collect();
        let guessed = possible.iter().min().zip(possible.iter().max());
        let seen = self
            .first_and_last
            .or_else(|| guessed.and_then(|(first, last)| DayRange::new(*first, *last)));
        self.flow.declared = declared.is_some();
        self.flow.range = declared.or(seen);
        self.flow.texts = std::mem::take(&mut self.texts.texts);
        let mut flow = self.flow;
        if let Some(range) = flow.range {
            for (line, _) in &self.unknown_days {
                if let Some(day) = flow.day.get_mut(*line as usize) {
                    *day = range.last;
                }
            }
        }
        if let Some(range) = declared {
            for (day, flags) in flow.day.iter().zip(&mut flow.flags) {
                if !range.contains(*day) {
                    flags.set(LineFlags::OUT_OF_RANGE);
                }
            }
        }
        duplicates::mark(&mut flow);
        note_repeated_sheets(&flow, findings);
        note_flags(&flow, findings);
        note_holds(&flow, findings);
        flow
    }
}

/// Marks a reader of the report should know about.
const NOTED_FLAGS: [(LineFlags, &str, Severity); 8] = [
    (LineFlags::OUT_OF_RANGE, "out_of_range", Severity::Warning),
    (
        LineFlags::SUSPECTED_DUPLICATE,
        "suspected_duplicates",
        Severity::Warning,
    ),
    (
        LineFlags::AMOUNT_MISMATCH,
        "amount_mismatch",
        Severity::Warning,
    ),
    (
        LineFlags::EX_TAX_SUSPECTED,
        "ex_tax_suspected",
        Severity::Warning,
    ),
    (LineFlags::INEXACT_CODE, "inexact_codes", Severity::Warning),
    (LineFlags::MULTI_LOT, "multi_lot", Severity::Warning),
    (LineFlags::CELL_IGNORED, "cells_ignored", Severity::Info),
    (LineFlags::SIGN_SET, "sign_set", Severity::Info),
];

fn note_flags(flow: &FlowTable, findings: &mut Vec<Finding>) {
    let mut found = [(0_u64, 0_usize); NOTED_FLAGS.len()];
    let all = NOTED_FLAGS
        .iter()
        .fold(LineFlags::default(), |all, (flag, ..)| all.with(*flag));
    for (line, flags) in flow.flags.iter().enumerate() {
        if flags.0 & all.0 == 0 {
            continue;
        }
        for ((flag, ..), (count, first)) in NOTED_FLAGS.iter().zip(&mut found) {
            if flags.has(*flag) {
                *first = if *count == 0 { line } else { *first };
                *count += 1;
            }
        }
    }
    for ((_, code, severity), (count, first)) in NOTED_FLAGS.iter().zip(found) {
        if count > 0 {
            let mut finding = Finding::new(code, *severity, place_of_line(flow, first));
            finding = finding.fact("lines", count).fact("kind", flow.kind);
            if *code == "out_of_range"
                && let Some(range) = flow.range
            {
                finding = finding.fact("range", range);
            }
            findings.push(finding);
        }
    }
}

fn note_repeated_sheets(flow: &FlowTable, findings: &mut Vec<Finding>) {
    for (sheet, earlier, lines) in duplicates::repeated_sheets(flow) {
        if let (Some(sheet), Some(earlier)) = (flow.sheets.get(sheet), flow.sheets.get(earlier)) {
            findings.push(
                Finding::new("sheet_repeated", Severity::Warning, Place::sheet(sheet))
                    .fact("other", Place::sheet(earlier))
                    .fact("lines", lines)
                    .fact("kind", flow.kind),
            );
        }
    }
}

fn note_holds(flow: &FlowTable, findings: &mut Vec<Finding>) {
    let mut found: BTreeMap<HoldReason, (u64, usize)> = BTreeMap::new();
    for (line, hold) in flow.hold.iter().enumerate() {
        if let Some(reason) = hold {
            found.entry(*reason).or_insert((0, line)).0 += 1;
        }
    }
    for (reason, (count, first)) in found {
        let detail = flow.details.get(&index(first)).map_or("–", String::as_str);
        findings.push(
            Finding::new(
                held_code(reason),
                Severity::Error,
                place_of_line(flow, first),
            )
            .fact("lines", count)
            .fact("kind", flow.kind)
            .fact("example", detail),
        );
    }
}

/// The sentence of a hold reason that a line's own cells can give.
fn held_code(reason: HoldReason) -> &'static str {
    match reason {
        HoldReason::BadDate => "held_bad_date",
        HoldReason::AmbiguousDate => "held_ambiguous_date",
        HoldReason::BadQuantity => "held_bad_quantity",
        HoldReason::BadPrice => "held_bad_price",
        HoldReason::BadAmount => "held_bad_amount",
        HoldReason::CellError => "held_cell_error",
        HoldReason::FormulaWithoutValue => "held_formula_without_value",
        HoldReason::SignAmbiguous => "held_sign_ambiguous",
        HoldReason::UnitUnknown => "held_unit_unknown",
        // The others need master data and are given by `resolve` and `check`.
        _ => "held_missing_key",
    }
}

fn place_of_line(flow: &FlowTable, line: usize) -> Place {
    let sheet = flow
        .sheet
        .get(line)
        .and_then(|sheet| flow.sheets.get(usize::from(*sheet)));
    let place = sheet.map(Place::sheet).unwrap_or_default();
    match flow.row.get(line) {
        Some(row) => place.at_row(*row),
        None => place,
    }
}
