//! Raw tables to flow tables: finds header, kind and layout of every sheet and reads its lines.
//!
//! Nothing fails on data: what cannot be read is held, dropped with a reason or skipped with a
//! finding, and every row of every sheet is accounted for. Not here: who a reported name is, how
//! units convert, and whether the numbers of several files fit together.

mod build;
mod column;
mod date;
mod date_text;
mod duplicates;
mod entities;
mod expiry;
mod explain;
mod file_name;
mod header;
mod kind;
mod lines;
mod lot;
mod meaning;
mod normalize;
mod number;
mod range;
mod read;
mod returns;
mod rows;
mod sheet;
mod sign;
mod span;
mod texts;
mod totals;
mod vocabulary;
mod word_lists;

use channelflow_model::finding::SheetPlace;
use channelflow_model::{
    DayRange, DropReason, Field, Finding, FlowKind, FlowTable, Layout, Micros, Place,
};
use serde::{Deserialize, Serialize};

pub use explain::{ExplainedCell, explain_row};
pub use file_name::{FileNameSays, says};
pub use normalize::{head_texts, normalize};
pub use vocabulary::{Vocabulary, VocabularyProblem};

/// How a month-only expiry label (`2027-06`) is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpiryMonth {
    /// Good until the last day of the labelled month.
    #[default]
    LastDay,
    /// Good until the last day of the month before.
    LastDayOfMonthBefore,
}

/// Choices a company makes about reading.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How month-only expiry labels are read.
    pub expiry_month: ExpiryMonth,
}

/// What is known about a file beside its content.
#[derive(Debug, Clone, Copy)]
pub struct FileContext<'a> {
    /// File name as received.
    pub file_name: &'a str,
    /// Accepted layouts of this distributor, all kinds; of one kind, the newest last.
    pub layouts: &'a [Layout],
    /// Choices of the company.
    pub settings: &'a Settings,
    /// Kind a person named.
    pub kind: Option<FlowKind>,
    /// Days a person said the file speaks for.
    pub range: Option<DayRange>,
}

/// What became of a file's tables.
#[derive(Debug, Clone, PartialEq)]
pub struct Normalized {
    /// Flow records; at most one table per kind, in the order of [`FlowKind::ALL`].
    pub flows: Vec<FlowTable>,
    /// One report per table given.
    pub sheets: Vec<SheetReport>,
    /// Rows that carry no line, ascending by sheet and row.
    pub dropped: Vec<DroppedRow>,
    /// Totals of the files against the sums of their lines; a mismatch is also a finding.
    pub controls: Vec<ControlTotal>,
    /// What was noticed.
    pub findings: Vec<Finding>,
    /// The file declares that there is nothing to report, and for which days.
    pub declared_empty: Option<(FlowKind, Option<DayRange>)>,
}

/// What was made of one sheet. `rows_in` = `lines` + its dropped rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetReport {
    /// Which sheet.
    pub place: SheetPlace,
    /// How it was stored, as `read` says it.
    pub format: String,
    /// Rows that were read.
    pub rows_in: u64,
    /// Flow records made of them.
    pub lines: u64,
    /// Whether its layout is known.
    pub state: SheetState,
    /// The layout it was read by, or the one detected on a skipped sheet.
    pub layout: Option<Layout>,
    /// Its kind, if one was found.
    pub kind: Option<FlowKind>,
    /// Index of the first row from which on the order of the rows means nothing; `None` when every
    /// row counts where it stands.
    pub any_order_from: Option<usize>,
}

/// Whether the layout of a sheet is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SheetState {
    /// The layout was accepted before.
    Known,
    /// No layout of this kind was accepted yet.
    New,
    /// Other layouts of this kind were accepted; a person decides about this one.
    Changed {
        /// Fingerprint of the newest accepted layout.
        previous: String,
    },
    /// No flow sheet; a finding says why.
    Skipped,
}

/// A row without a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DroppedRow {
    /// Position of the sheet in the artifact.
    pub sheet: u32,
    /// Source row, from 1.
    pub row: u32,
    /// Why it carries none.
    pub reason: DropReason,
}

/// A total stated in the file, and what the lines above it sum up to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlTotal {
    /// The cell that states it.
    pub place: Place,
    /// Quantity or amount.
    pub field: Field,
    /// What the file says.
    pub stated: Micros,
    /// What the lines say.
    pub computed: Micros,
}
