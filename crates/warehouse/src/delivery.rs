//! What goes into a load and what comes out: the delivery of one file of one distributor.
//!
//! Not here: how it is stored (`load`), and files that carry no lines (`submission`).

use channelflow_model::finding::SheetPlace;
use channelflow_model::flow::ResolvedTable;
use channelflow_model::{Day, DayRange, Finding, FlowKind, Layout, Micros, Period, PeriodRule};
use serde::{Deserialize, Serialize};

use crate::incoming::LineOrder;
use crate::submission::SubmissionState;

/// Whether a write is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Stored.
    Commit,
    /// Done in full inside the transaction and then rolled back: an exact preview.
    DryRun,
}

/// One file of one distributor, read, normalised, resolved and checked.
#[derive(Debug, Clone)]
pub struct Delivery<'a> {
    /// Run that loads it ([`crate::Warehouse::start_run`]); `None` outside a run.
    pub run_id: Option<i64>,
    /// Who delivered.
    pub distributor_id: &'a str,
    /// Name of the source it came through.
    pub source: &'a str,
    /// File name as received.
    pub file_name: &'a str,
    /// SHA-256 of the bytes, hexadecimal.
    pub artifact: &'a str,
    /// Size in bytes.
    pub bytes: u64,
    /// When it was received, ISO date and time.
    pub received_at: &'a str,
    /// At most one table per kind.
    pub tables: &'a [ResolvedTable],
    /// The order of the lines of each table, when it was made ahead; else it is made while loading.
    pub orders: &'a [LineOrder],
    /// All sheets of the artifact, also those that were skipped.
    pub sheets: &'a [DeliveredSheet],
    /// Layouts that were detected and accepted with this file.
    pub layouts_new: &'a [Layout],
    /// Row counts of the earlier stages, as the report shows them (any JSON object).
    pub counts: &'a serde_json::Value,
    /// Findings of the earlier stages.
    pub findings: &'a [Finding],
    /// Whether the same bytes are compared again instead of being recorded as a duplicate: after
    /// the layout they are read with was edited.
    pub again: bool,
    /// Whether it may replace stored lines although it shares not one with them. Two files of one
    /// month that share nothing are rather two halves than an original and its correction.
    pub replace: bool,
    /// What the file says whatever its bytes, to know it again.
    pub content: Option<ContentKey<'a>>,
    /// The file in its folder, so that it is not collected again.
    pub checkpoint: Option<Checkpoint<'a>>,
    /// Which accounting month a day belongs to.
    pub period_rule: PeriodRule,
}

/// A sheet of the artifact and how it was understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveredSheet {
    /// Where.
    pub place: SheetPlace,
    /// What it reports; `None` for a skipped sheet.
    pub kind: Option<FlowKind>,
    /// Fingerprint of its layout; empty when none was found.
    pub fingerprint: String,
}

/// What a file says, whatever its bytes, and what else decides which lines it becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentKey<'a> {
    /// How the digest was made: which rows of which sheet count wherever they stand.
    pub bodies: &'a str,
    /// The digest.
    pub digest: &'a str,
}

/// A file of a source as it was seen when it was collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint<'a> {
    /// Path relative to the source's root.
    pub path: &'a str,
    /// Size in bytes.
    pub size: u64,
    /// Time of last change, nanoseconds since 1970.
    pub mtime_ns: i64,
    /// Resource of the source and how far it is read with this file.
    pub cursor: Option<(&'a str, &'a str)>,
}

/// What became of the lines of one file or one kind: `lines = loaded + unchanged + held + ignored`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineClasses {
    /// Accepted and new.
    pub loaded: u64,
    /// Accepted and there already.
    pub unchanged: u64,
    /// Kept out of results until somebody decides, new or not.
    pub held: u64,
    /// Left out by an `ignore` alias, new or not.
    pub ignored: u64,
}

impl LineClasses {
    /// All lines.
    pub fn total(self) -> u64 {
        self.loaded + self.unchanged + self.held + self.ignored
    }

    /// Sum of both.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        LineClasses {
            loaded: self.loaded + other.loaded,
            unchanged: self.unchanged + other.unchanged,
            held: self.held + other.held,
            ignored: self.ignored + other.ignored,
        }
    }
}

/// What a load did with one kind of lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindOutcome {
    /// Sale, purchase or inventory.
    pub kind: FlowKind,
    /// Days the file speaks for.
    pub range: Option<DayRange>,
    /// Whether the range was declared.
    pub declared: bool,
    /// Where the lines went.
    pub classes: LineClasses,
    /// Lines added to the warehouse, whatever their status.
    pub opened: u64,
    /// Stored lines that the new delivery no longer has.
    pub closed: u64,
    /// Stored lines of its days that the new delivery has too.
    pub kept: u64,
    /// Days whose lines differ from what was stored.
    pub days_changed: u64,
    /// Days that were stored like this already.
    pub days_unchanged: u64,
    /// Changed days that had lines and now have none.
    pub days_emptied: u64,
    /// Added lines of a closed period, booked in an open one.
    pub late_lines: u64,
    /// Counter-entries for lines of a closed period.
    pub reversals: u64,
}

/// A day that had been reported before and now differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restatement {
    /// Whose day.
    pub distributor_id: String,
    /// Sale, purchase or inventory.
    pub kind: FlowKind,
    /// The business day.
    pub day: Day,
    /// Accounting month of the day.
    pub business_period: Period,
    /// Accounting month the difference counts in.
    pub booking_period: Period,
    /// Lines only the new delivery has.
    pub added: u64,
    /// Lines only the old delivery had.
    pub removed: u64,
    /// Lines of one party, product and lot that changed otherwise.
    pub modified: u64,
    /// Sum of accepted base quantities before.
    pub quantity_before: Micros,
    /// Sum of accepted base quantities after.
    pub quantity_after: Micros,
    /// Sum of accepted amounts before.
    pub amount_before: Micros,
    /// Sum of accepted amounts after.
    pub amount_after: Micros,
    /// Days between the business day and the delivery.
    pub days_late: i64,
}

/// What a load did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadOutcome {
    /// The submission that was recorded.
    pub submission_id: i64,
    /// The load; `None` for a duplicate.
    pub load_id: Option<i64>,
    /// How it ended.
    pub state: SubmissionState,
    /// The submission with the same bytes, for [`SubmissionState::Duplicate`].
    pub duplicate_of: Option<i64>,
    /// One entry per kind in the file.
    pub kinds: Vec<KindOutcome>,
    /// Days that had been reported before and now differ.
    pub restatements: Vec<Restatement>,
    /// What a person should know about the load itself.
    pub findings: Vec<Finding>,
}

impl LoadOutcome {
    /// Where the lines of all kinds went.
    pub fn classes(&self) -> LineClasses {
        self.kinds
            .iter()
            .fold(LineClasses::default(), |sum, kind| sum.plus(kind.classes))
    }
}
