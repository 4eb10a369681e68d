//! What a run did, as data: every file with its rows accounted for, what is held and what it is
//! worth, what is missing, what was restated. Rendering is in `report_text` and `report_html`;
//! as JSON it is the stable contract described in `docs/json.md`.

mod master;

use std::collections::BTreeMap;

use channelflow_model::finding::{Finding, Severity};
use channelflow_model::master::AliasKind;
use channelflow_model::{DayRange, FlowKind, Micros};
use serde::{Deserialize, Serialize};

use crate::completeness::Completeness;
use crate::report_sources::Effect;
use crate::run_settlement::SettlementReport;
use crate::visits::SourceReport;

pub use self::master::MasterReport;

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// Compared with what is stored; something was added or closed.
    Loaded,
    /// Every day is stored already, line by line.
    Unchanged,
    /// The same bytes were delivered before; recorded, not processed.
    Duplicate,
    /// Nothing to load: declared as without sales, or no lines.
    Empty,
    /// The headers differ from the accepted layout; waits for `layout accept`.
    HeldLayout,
    /// Shares no line with what it would replace; waits for `submission reload`.
    HeldReplacement,
    /// The content names another distributor than the folder.
    WrongDistributor,
    /// Nothing says whose file it is.
    UnknownDistributor,
    /// Cannot be read, or carries no flow sheet.
    Refused,
}

impl FileState {
    /// The word in JSON and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            FileState::Loaded => "loaded",
            FileState::Unchanged => "unchanged",
            FileState::Duplicate => "duplicate",
            FileState::Empty => "empty",
            FileState::HeldLayout => "held_layout",
            FileState::HeldReplacement => "held_replacement",
            FileState::WrongDistributor => "wrong_distributor",
            FileState::UnknownDistributor => "unknown_distributor",
            FileState::Refused => "refused",
        }
    }

    fn needs_action(self) -> bool {
        matches!(
            self,
            FileState::HeldLayout
                | FileState::HeldReplacement
                | FileState::WrongDistributor
                | FileState::UnknownDistributor
                | FileState::Refused
        )
    }
}

/// Rows of one file: `rows_in = loaded + unchanged + held + dropped`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowCounts {
    /// Non-blank rows read, headers and totals included.
    pub rows_in: u64,
    /// Accepted and new.
    pub loaded: u64,
    /// Accepted and stored already.
    pub unchanged: u64,
    /// Kept out of results, by reason.
    pub held: BTreeMap<String, u64>,
    /// Carrying nothing to load, by reason.
    pub dropped: BTreeMap<String, u64>,
}

impl RowCounts {
    /// All held rows.
    pub fn held_total(&self) -> u64 {
        self.held.values().sum()
    }

    /// All dropped rows.
    pub fn dropped_total(&self) -> u64 {
        self.dropped.values().sum()
    }

    /// Whether the equation holds.
    pub fn balances(&self) -> bool {
        self.rows_in == self.loaded + self.unchanged + self.held_total() + self.dropped_total()
    }

    /// Adds another file's rows.
    pub fn add(&mut self, other: &RowCounts) {
        self.rows_in += other.rows_in;
        self.loaded += other.loaded;
        self.unchanged += other.unchanged;
        for (reason, count) in &other.held {
            *self.held.entry(reason.clone()).or_default() += count;
        }
        for (reason, count) in &other.dropped {
            *self.dropped.entry(reason.clone()).or_default() += count;
        }
    }
}

/// What loading one kind of a file changed in the warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindReport {
    /// Sale, purchase or inventory.
    pub kind: FlowKind,
    /// Days the file speaks for.
    pub range: Option<DayRange>,
    /// Whether the file declared them.
    pub declared: bool,
    /// Lines added, held and ignored ones included.
    pub added: u64,
    /// Lines of earlier deliveries that this one closed.
    pub closed: u64,
    /// Lines booked in a later period because theirs is closed, counter-entries included.
    pub late: u64,
    /// Days that changed.
    pub days_changed: u64,
    /// Days that were stored already.
    pub days_unchanged: u64,
    /// Sum of the reported amounts of accepted lines, yuan.
    pub amount: Micros,
}

/// A 合计 row against the sum of its lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlReport {
    /// Sheet and row of the total.
    pub place: String,
    /// `quantity` or `amount`.
    pub field: String,
    /// What the file says.
    pub stated: Micros,
    /// What its lines add up to.
    pub computed: Micros,
}

/// One file of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileReport {
    /// Source it came through.
    pub source: String,
    /// Path below the source, or as given.
    pub file: String,
    /// Whose it is.
    pub distributor_id: Option<String>,
    /// Its name in the master data.
    pub distributor_name: Option<String>,
    /// SHA-256 of its bytes.
    pub artifact: String,
    /// Number in the warehouse.
    pub submission_id: Option<i64>,
    /// The submission that delivered the same bytes.
    pub duplicate_of: Option<i64>,
    /// What became of it.
    pub state: FileState,
    /// Container, encoding, delimiter.
    pub format: String,
    /// The accounting of its rows.
    pub rows: RowCounts,
    /// What changed, by kind.
    pub kinds: Vec<KindReport>,
    /// Totals rows compared with the lines.
    pub controls: Vec<ControlReport>,
    /// Everything noticed.
    pub findings: Vec<Finding>,
}

impl FileReport {
    /// Whether its rows were read and counted; a duplicate or an unreadable file has none.
    pub fn rows_counted(&self) -> bool {
        !matches!(self.state, FileState::Duplicate | FileState::Refused) || self.rows.rows_in > 0
    }

    /// Whether a person has to do something about the file itself.
    pub fn needs_action(&self) -> bool {
        let error = |finding: &Finding| finding.severity == Severity::Error;
        self.state.needs_action()
            || self.state == FileState::Empty && self.findings.iter().any(error)
    }

    /// A file about which only its origin is known yet.
    pub fn new(source: &str, file: &str, state: FileState) -> Self {
        FileReport {
            source: source.to_owned(),
            file: file.to_owned(),
            distributor_id: None,
            distributor_name: None,
            artifact: String::new(),
            submission_id: None,
            duplicate_of: None,
            state,
            format: String::new(),
            rows: RowCounts::default(),
            kinds: Vec::new(),
            controls: Vec::new(),
            findings: Vec::new(),
        }
    }
}

/// Held rows of one reported name or reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldReport {
    /// Why.
    pub reason: String,
    /// Whose.
    pub distributor_id: String,
    /// The name as reported, or the cell that could not be read.
    pub name: String,
    /// Rows.
    pub rows: u64,
    /// Absolute amounts at stake, yuan.
    pub amount: Micros,
}

/// Held names that a rule class decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleReport {
    /// Customer or product.
    pub kind: AliasKind,
    /// Rule class.
    pub class: String,
    /// Names.
    pub names: u64,
    /// Rows that count because of it.
    pub rows: u64,
    /// Their absolute amounts, yuan.
    pub amount: Micros,
}

/// A distributor that was expected and did not deliver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingReport {
    /// Who.
    pub distributor_id: String,
    /// Its name.
    pub distributor_name: String,
    /// What.
    pub kind: FlowKind,
    /// For which accounting month, `2026-02`.
    pub period: String,
}

/// A day that had been delivered before and changed now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestatementReport {
    /// Who.
    pub distributor_id: String,
    /// What.
    pub kind: FlowKind,
    /// Submission that changed it.
    pub submission_id: i64,
    /// First and last day changed.
    pub range: DayRange,
    /// Days changed.
    pub days: u64,
    /// Lines added.
    pub added: u64,
    /// Lines closed.
    pub closed: u64,
    /// Lines booked in a later period because theirs is closed.
    pub late: u64,
    /// Change of the amount, yuan.
    pub amount_change: Micros,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunReport {
    /// Version of this structure.
    pub contract: u32,
    /// Number in the warehouse; `None` for a preview.
    pub run_id: Option<i64>,
    /// Company name.
    pub company: String,
    /// When it began, ISO.
    pub started_at: String,
    /// Whether nothing was stored.
    pub dry_run: bool,
    /// Whether it was interrupted before the end.
    pub interrupted: bool,
    /// Master data imported first.
    pub master: Vec<MasterReport>,
    /// Sources, with what came through them.
    #[serde(default)]
    pub sources: Vec<SourceReport>,
    /// Files in the order they were loaded.
    pub files: Vec<FileReport>,
    /// Files that were there before and have not changed.
    pub seen_before: u64,
    /// Sum over all files.
    pub rows: RowCounts,
    /// What is held in the warehouse after the run, most yuan first.
    pub held: Vec<HeldReport>,
    /// Rows held in the warehouse after the run.
    pub held_rows: u64,
    /// Their absolute amounts, yuan.
    pub held_amount: Micros,
    /// Rows of earlier deliveries that a decision or new master data resolved.
    pub resolved_rows: u64,
    /// Held names that rules decided in this run.
    #[serde(default)]
    pub accepted_by_rule: Vec<RuleReport>,
    /// Expected and not delivered.
    pub missing: Vec<MissingReport>,
    /// How complete the month is whose reports are due; of a night only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completeness: Option<Completeness>,
    /// Days that changed after they had been delivered.
    pub restatements: Vec<RestatementReport>,
    /// What concerns the run, not a file.
    pub findings: Vec<Finding>,
    /// Achievement and statements of the newest month that is over; `None`: nothing to settle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settlement: Option<SettlementReport>,
    /// What it did to achievement and rebates of the month the run before was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
    /// Milliseconds by stage, summed over files, some of which overlap, and `total`.
    pub timings: BTreeMap<String, u64>,
}

/// Version of the JSON structure; raised when a field changes its meaning or goes away.
pub const CONTRACT: u32 = 1;

impl RunReport {
    /// A report about nothing yet.
    pub fn new(company: &str, started_at: &str, dry_run: bool) -> Self {
        RunReport {
            contract: CONTRACT,
            run_id: None,
            company: company.to_owned(),
            started_at: started_at.to_owned(),
            dry_run,
            interrupted: false,
            master: Vec::new(),
            sources: Vec::new(),
            files: Vec::new(),
            seen_before: 0,
            rows: RowCounts::default(),
            held: Vec::new(),
            held_rows: 0,
            held_amount: Micros::ZERO,
            resolved_rows: 0,
            accepted_by_rule: Vec::new(),
            missing: Vec::new(),
            completeness: None,
            restatements: Vec::new(),
            findings: Vec::new(),
            settlement: None,
            effect: None,
            timings: BTreeMap::new(),
        }
    }

    /// Adds a file and its rows.
    pub fn push(&mut self, file: FileReport) {
        self.rows.add(&file.rows);
        self.files.push(file);
    }

    /// How many files have this state.
    pub fn count(&self, state: FileState) -> usize {
        self.files.iter().filter(|file| file.state == state).count()
    }

    /// Control totals that agree, and all of them.
    pub fn controls(&self) -> (usize, usize) {
        let all = self.files.iter().flat_map(|file| &file.controls);
        let agreeing = all
            .clone()
            .filter(|control| control.stated == control.computed)
            .count();
        (agreeing, all.count())
    }

    /// Whether everything arrived, was read and counts: exit code 0; otherwise 1.
    pub fn is_clean(&self) -> bool {
        !self.interrupted
            && self.held_rows == 0
            && self.missing.is_empty()
            && self.files.iter().all(|file| !file.needs_action())
            && self.master.iter().all(|master| master.findings.is_empty())
            && self
                .findings
                .iter()
                .all(|finding| finding.severity != Severity::Error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_add_up_or_the_report_says_so() {
        let mut counts = RowCounts {
            rows_in: 10,
            loaded: 4,
            unchanged: 1,
            ..RowCounts::default()
        };
        counts.held.insert("bad_date".into(), 2);
        counts.dropped.insert("header".into(), 2);
        assert!(!counts.balances());
        counts.dropped.insert("total".into(), 1);
        assert!(counts.balances());

        let mut sum = RowCounts::default();
        sum.add(&counts);
        sum.add(&counts);
        assert_eq!(
            (sum.rows_in, sum.held_total(), sum.dropped_total()),
            (20, 4, 6)
        );
        assert!(sum.balances());
    }

    #[test]
    fn a_run_with_something_to_do_is_not_clean() {
        let mut report = RunReport::new("示例", "2026-03-02T02:00:00", false);
        assert!(report.is_clean());
        report.push(FileReport::new("inbox", "D01/a.xlsx", FileState::Duplicate));
        assert!(report.is_clean());
        report.push(FileReport::new("inbox", "D01/b.xlsx", FileState::Refused));
        assert!(!report.is_clean());
        assert_eq!(report.count(FileState::Refused), 1);
    }
}
