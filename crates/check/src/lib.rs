//! Checks over a resolved table: what contradicts itself is flagged, held, or said.
//!
//! A check sees one file and the master data. It never changes what was reported: it sets
//! [`LineFlags::EXPIRY_CONFLICT`](channelflow_model::LineFlags::EXPIRY_CONFLICT), holds a line as
//! `unit_suspected` (its base quantity is then not known), or adds a finding. Not here: what a single cell says (`normalize`), and what
//! is stored already (`warehouse`).

mod balance;
mod lots;
mod pairs;
mod price;

use channelflow_model::flow::ResolvedTable;
use channelflow_model::master::MasterData;
use channelflow_model::{Finding, Place, Severity};

pub use crate::balance::{Balance, BalanceError, Movement, balance};

/// Findings of one kind that are listed one by one; the rest is counted.
const LISTED: usize = 100;

/// Checks a resolved table: sets flags, holds lines, returns what a person should know.
pub fn check(table: &mut ResolvedTable, master: &MasterData) -> Vec<Finding> {
    let pairs = pairs::pairs(table);
    let mut findings = lots::check(table, &pairs);
    findings.extend(price::check(table, master));
    findings
}

/// Findings of one code, of which only the first are listed.
struct Listed {
    code: &'static str,
    findings: Vec<Finding>,
    more: u64,
}

impl Listed {
    fn new(code: &'static str) -> Self {
        Listed {
            code,
            findings: Vec::new(),
            more: 0,
        }
    }

    /// Adds a finding about a line; `facts` are only looked up when it is listed.
    fn add(
        &mut self,
        table: &ResolvedTable,
        line: u32,
        severity: Severity,
        facts: impl FnOnce(Finding) -> Finding,
    ) {
        if self.findings.len() < LISTED {
            let finding = Finding::new(self.code, severity, place_of(table, line));
            self.findings.push(facts(finding));
        } else {
            self.more += 1;
        }
    }

    fn into_findings(mut self) -> Vec<Finding> {
        if self.more > 0 {
            let more = Finding::new("check_more", Severity::Warning, Place::default())
                .fact("count", self.more)
                .fact("check", self.code);
            self.findings.push(more);
        }
        self.findings
    }
}

fn place_of(table: &ResolvedTable, line: u32) -> Place {
    let flow = &table.flow;
    let sheet = flow
        .sheet
        .get(line as usize)
        .and_then(|sheet| flow.sheets.get(usize::from(*sheet)));
    let place = sheet.map(Place::sheet).unwrap_or_default();
    match flow.row.get(line as usize) {
        Some(row) => place.at_row(*row),
        None => place,
    }
}
