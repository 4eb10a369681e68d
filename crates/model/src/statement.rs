//! The words of statements (返利单): what one party earned under its policies in one period, line
//! by line, with what it rests on. Not here: how a line is computed (`settle`).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::day::Period;
pub use crate::json_text::JsonText;
use crate::micros::Micros;

/// What became of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatementState {
    /// 草稿: may be computed anew.
    Draft,
    /// 已确认: what it says stands; a later change becomes a line of a later statement.
    Confirmed,
    /// 已兑付.
    Paid,
    /// 已冲销: as if it had never been stated.
    Reversed,
    /// A draft that was computed anew.
    Superseded,
}

impl StatementState {
    /// Every state.
    pub const ALL: [StatementState; 5] = [
        StatementState::Draft,
        StatementState::Confirmed,
        StatementState::Paid,
        StatementState::Reversed,
        StatementState::Superseded,
    ];

    /// The word in files, tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            StatementState::Draft => "draft",
            StatementState::Confirmed => "confirmed",
            StatementState::Paid => "paid",
            StatementState::Reversed => "reversed",
            StatementState::Superseded => "superseded",
        }
    }

    /// The state with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether what it says has been told the party.
    pub fn stands(self) -> bool {
        matches!(self, StatementState::Confirmed | StatementState::Paid)
    }
}

impl fmt::Display for StatementState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A statement without its parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementHead {
    /// Its number in the warehouse.
    pub statement_id: i64,
    /// Its number for people: `2026-02-D01-1`.
    pub number: String,
    /// The distributor that earned it.
    pub party_id: String,
    /// The accounting month it was settled in.
    pub period: Period,
    /// What became of it.
    pub state: StatementState,
    /// Yuan; lines that are held are not in it.
    pub total: Micros,
    /// Lines that are held.
    pub held_lines: i64,
    /// Whether a quality gate was missed when it was computed.
    pub provisional: bool,
    /// The computation it came from.
    pub settlement_id: i64,
    /// SHA-256 of everything it says, in hexadecimal.
    pub content_hash: String,
    /// Hash of everything it was computed from.
    pub inputs_hash: String,
    /// Who changed its state last.
    pub decided_by: String,
    /// When, ISO date and time.
    pub decided_at: String,
    /// Why, or how it was paid.
    pub note: String,
}

/// What one policy gives one party for one span of months.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementPart {
    /// Place in the statement, from 1.
    pub part_no: i64,
    /// The policy, `id@version`.
    pub policy: String,
    /// Its name then.
    pub policy_name: String,
    /// SHA-256 of the policy's canonical text, in hexadecimal.
    pub policy_hash: String,
    /// First month of the span that is settled.
    pub first: Period,
    /// Last month of it.
    pub last: Period,
    /// Whether the span was settled before and this is the difference (以前期间调整).
    pub prior: bool,
    /// Yuan; 0 while it is held.
    pub total: Micros,
    /// Yuan the floor keeps back for the next span.
    pub carry: Micros,
    /// Hash of the records it rests on.
    pub records_hash: String,
    /// Facts the figures rest on, JSON of `settle::Figures`.
    pub figures: JsonText,
    /// Steps and lines, JSON of `settle::Evaluation`.
    pub evaluation: JsonText,
    /// Its lines.
    pub lines: Vec<StatementLine>,
}

/// A line of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementLine {
    /// Place in the statement, from 1.
    pub line_no: i64,
    /// What it is: `reward`, `deduction`, `cap`, `carried_forward`, `floor`, `already_paid`, `prior`.
    pub kind: String,
    /// Id of the reward, name of the earlier span, or empty for the whole policy.
    pub name: String,
    /// Yuan before rounding, as exact decimal text; empty: held.
    pub exact: String,
    /// Yuan as stated; `None`: held.
    pub amount: Option<Micros>,
    /// Code of the reason why it is held; empty: it is not.
    pub held: String,
}

/// A whole statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Who, when, how much.
    #[serde(flatten)]
    pub head: StatementHead,
    /// What each policy gives.
    pub parts: Vec<StatementPart>,
}

impl Statement {
    /// The part and the line with this number.
    pub fn line(&self, line_no: i64) -> Option<(&StatementPart, &StatementLine)> {
        self.parts.iter().find_map(|part| {
            let line = part.lines.iter().find(|line| line.line_no == line_no)?;
            Some((part, line))
        })
    }
}

/// One computation of a month's statements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// Its number.
    pub settlement_id: i64,
    /// The month.
    pub period: Period,
    /// When, ISO date and time.
    pub at: String,
    /// Who.
    pub who: String,
    /// Version of the settlement's master data it was computed with; 0: none.
    pub settings_version: i64,
    /// Loads up to this one are in it.
    pub as_of_load: i64,
    /// Whether a quality gate was missed.
    pub provisional: bool,
    /// Quality gates with bound, value and yuan at stake, JSON.
    pub gates: serde_json::Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_found_by_its_word() {
        for state in StatementState::ALL {
            assert_eq!(StatementState::from_word(state.as_str()), Some(state));
        }
        assert_eq!(StatementState::from_word("done"), None);
        assert!(StatementState::Paid.stands() && !StatementState::Draft.stands());
    }
}
