//! One artifact while it is read: its limits, what is used of them, what was found.

use channelflow_model::raw::MergedRange;
use channelflow_model::{CellKind, Finding, Place, RawTable, Severity};

use crate::limits::Limits;
use crate::refusal::{Refusal, Result};
use crate::table::{Grid, TableBuilder};

/// Tables and findings so far.
pub(crate) struct Reading<'a> {
    pub(crate) limits: &'a Limits,
    pub(crate) tables: Vec<RawTable>,
    pub(crate) findings: Vec<Finding>,
    /// Path inside the archive that is being read.
    pub(crate) member: Option<String>,
    /// Whether what is read came out of an archive.
    pub(crate) nested: bool,
    cells: u64,
    expanded: u64,
}

/// What is known about a sheet besides its cells.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    pub(crate) name: String,
    pub(crate) hidden: bool,
    pub(crate) format: String,
    pub(crate) epoch_1904: bool,
    pub(crate) merged: Vec<MergedRange>,
    pub(crate) hidden_rows: Vec<u32>,
    pub(crate) hidden_columns: Vec<u32>,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(limits: &'a Limits) -> Self {
        Reading {
            limits,
            tables: Vec::new(),
            findings: Vec::new(),
            member: None,
            nested: false,
            cells: 0,
            expanded: 0,
        }
    }

    /// A new table under the limits that are left.
    pub(crate) fn table(&self) -> TableBuilder<'a> {
        TableBuilder::new(self.limits, self.cells)
    }

    /// Adds a finished table.
    pub(crate) fn add(&mut self, grid: Grid, mut sheet: Sheet) {
        self.cells += grid.cells;
        let missing = count_kind(&grid, CellKind::FormulaWithoutValue);
        if missing > 0 {
            let place = Place {
                sheet: Some(sheet.name.clone()),
                ..Place::default()
            };
            let finding = Finding::new("formula_without_value", Severity::Warning, place);
            self.note(finding.fact("count", missing));
        }
        sheet.hidden_rows.sort_unstable();
        sheet.hidden_rows.dedup();
        sheet.hidden_columns.sort_unstable();
        sheet.hidden_columns.dedup();
        self.tables.push(RawTable {
            member: self.member.clone(),
            sheet: sheet.name,
            sheet_index: u32::try_from(self.tables.len()).unwrap_or(u32::MAX),
            hidden: sheet.hidden,
            row_numbers: grid.row_numbers,
            columns: grid.columns,
            merged: sheet.merged,
            hidden_rows: sheet.hidden_rows,
            hidden_columns: sheet.hidden_columns,
            format: sheet.format,
            epoch_1904: sheet.epoch_1904,
        });
    }

    /// Counts unpacked bytes; refuses when the artifact unpacks to too much.
    pub(crate) fn expand(&mut self, packed: u64, unpacked: u64) -> Result<()> {
        /// Small entries compress as well as they like.
        const SMALL: u64 = 8 << 20;
        if unpacked > self.limits.entry_bytes {
            return Err(Refusal::over(
                "zip_bomb",
                format!("{} bytes", self.limits.entry_bytes),
            ));
        }
        if unpacked > SMALL && unpacked > packed.max(1).saturating_mul(self.limits.expansion_ratio)
        {
            return Err(Refusal::over(
                "zip_bomb",
                format!("1:{}", self.limits.expansion_ratio),
            ));
        }
        self.expanded = self.expanded.saturating_add(unpacked);
        if self.expanded > self.limits.expanded_bytes {
            return Err(Refusal::over(
                "zip_bomb",
                format!("{} bytes", self.limits.expanded_bytes),
            ));
        }
        Ok(())
    }

    /// Most bytes the next entry may unpack to.
    pub(crate) fn entry_allowance(&self, packed: u64) -> u64 {
        self.limits
            .entry_bytes
            .min(self.limits.expanded_bytes.saturating_sub(self.expanded))
            .min(
                packed
                    .max(1)
                    .saturating_mul(self.limits.expansion_ratio)
                    .max(8 << 20),
            )
    }

    /// Adds a finding that does not stop the reading.
    pub(crate) fn note(&mut self, mut finding: Finding) {
        finding.place.member.clone_from(&self.member);
        self.findings.push(finding);
    }
}

/// A merged range with both ends in order.
pub(crate) fn merged_range(start: (u32, u32), end: (u32, u32)) -> MergedRange {
    MergedRange {
        first_row: start.0.min(end.0).saturating_add(1),
        last_row: start.0.max(end.0).saturating_add(1),
        first_column: start.1.min(end.1),
        last_column: start.1.max(end.1),
    }
}

fn count_kind(grid: &Grid, kind: CellKind) -> u64 {
    let mut count = 0;
    for column in &grid.columns {
        if !column.kinds.contains(&(kind as u8)) {
            continue;
        }
        let matching = column
            .codes
            .iter()
            .filter(|code| column.value(**code).0 == kind);
        count += matching.count() as u64;
    }
    count
}
