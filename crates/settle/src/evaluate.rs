//! What a policy pays for figures, step by step.
//!
//! The order is fixed and printed (domain rule 10): version, scope, basis, returns, gates, tier,
//! product mix, multipliers, deductions, cap and floor, rounding, minus already paid. One file per
//! family of shapes; every step says in words what it did and with which numbers. A figure that
//! is missing holds the line and with it the total: nothing is guessed and nothing becomes 0.

use std::borrow::Cow;

use channelflow_model::messages::{self, Facts, Lang};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::figures::Figures;
use crate::policy::Policy;

mod adjust;
mod basis;
mod gate;
mod growth;
mod limit;
mod mix;
mod payment;
mod price;
mod print;
mod reach;
mod reward;
mod sub_period;
mod tiers;
mod trace;

pub use adjust::{adjust, clawback};
pub use reach::{Reach, within_reach};
pub use trace::{money, number};

/// What a policy pays for figures, and how that came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Key of the policy, `id@version`.
    pub policy: String,
    /// The steps, in the fixed order.
    pub steps: Vec<Step>,
    /// Lines of the statement, as rounded; their amounts add up to the total.
    pub lines: Vec<EvaluatedLine>,
    /// Yuan to state; `None` while a line is held.
    pub total: Option<Decimal>,
    /// Yuan the floor keeps back for the next period; `None` while a line is held.
    pub carry: Option<Decimal>,
    /// Why it is held: the first reason.
    pub held: Option<Reason>,
}

/// Place of a step in the fixed order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The version and its days.
    Version,
    /// Party, product, area, class, exclusions.
    Scope,
    /// Source, measure, tax.
    Basis,
    /// Returned goods.
    Returns,
    /// Gates.
    Gates,
    /// Rate or tier.
    Tier,
    /// Product mix.
    Mix,
    /// Shares of gates and multipliers.
    Multipliers,
    /// Deductions.
    Deductions,
    /// Cap and floor.
    Limit,
    /// Rounding.
    Rounding,
    /// Minus already paid, and earlier periods.
    Paid,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Stage; 12] = [
        Stage::Version,
        Stage::Scope,
        Stage::Basis,
        Stage::Returns,
        Stage::Gates,
        Stage::Tier,
        Stage::Mix,
        Stage::Multipliers,
        Stage::Deductions,
        Stage::Limit,
        Stage::Rounding,
        Stage::Paid,
    ];

    /// The word in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::Version => "version",
            Stage::Scope => "scope",
            Stage::Basis => "basis",
            Stage::Returns => "returns",
            Stage::Gates => "gates",
            Stage::Tier => "tier",
            Stage::Mix => "mix",
            Stage::Multipliers => "multipliers",
            Stage::Deductions => "deductions",
            Stage::Limit => "limit",
            Stage::Rounding => "rounding",
            Stage::Paid => "paid",
        }
    }

    /// Its heading in the reader's language.
    pub fn label(self, lang: Lang) -> String {
        messages::word(lang, "policy_stage", self.as_str())
    }
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Where it stands.
    pub stage: Stage,
    /// The reward it is about; `None`: the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward: Option<String>,
    /// What it says: a code of `config/messages`.
    pub code: Cow<'static, str>,
    /// Facts of the sentence.
    pub facts: Facts,
    /// The value before it, exact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Decimal>,
    /// The value after it, exact; `None` for a step that only decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Decimal>,
}

impl Step {
    /// What it says.
    pub fn text(&self, lang: Lang) -> String {
        messages::text(lang, &self.code, &trace::in_words(lang, &self.facts))
    }
}

/// Why a line is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Stable code, `policy_held_…`.
    pub code: Cow<'static, str>,
    /// Facts of the sentence.
    pub facts: Facts,
}

impl Reason {
    /// A reason without facts.
    pub(crate) fn new(code: &'static str) -> Self {
        Reason {
            code: Cow::Borrowed(code),
            facts: Facts::new(),
        }
    }

    /// Adds a fact.
    pub(crate) fn fact(mut self, name: &'static str, value: &dyn std::fmt::Display) -> Self {
        self.facts.insert(Cow::Borrowed(name), value.to_string());
        self
    }

    /// What is missing.
    pub fn text(&self, lang: Lang) -> String {
        messages::text(lang, &self.code, &trace::in_words(lang, &self.facts))
    }

    /// What to do.
    pub fn hint(&self, lang: Lang) -> Option<String> {
        messages::hint(lang, &self.code, &trace::in_words(lang, &self.facts))
    }
}

/// What a line of a statement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// A reward.
    Reward,
    /// A deduction, below 0.
    Deduction,
    /// What the cap takes off, below 0.
    Cap,
    /// What the floor kept back in earlier periods.
    CarriedForward,
    /// What the floor keeps back now, below 0.
    Floor,
    /// What was already stated for the period, or for its parts.
    AlreadyPaid,
    /// A correction of an earlier period.
    Prior,
}

impl LineKind {
    /// The word in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            LineKind::Reward => "reward",
            LineKind::Deduction => "deduction",
            LineKind::Cap => "cap",
            LineKind::CarriedForward => "carried_forward",
            LineKind::Floor => "floor",
            LineKind::AlreadyPaid => "already_paid",
            LineKind::Prior => "prior",
        }
    }

    /// Its label in the reader's language.
    pub fn label(self, lang: Lang) -> String {
        messages::word(lang, "policy_line", self.as_str())
    }
}

/// A line of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluatedLine {
    /// What it is.
    pub kind: LineKind,
    /// Id of the reward, name of the earlier period, or empty for the whole policy.
    pub name: String,
    /// Yuan before rounding; `None`: held.
    pub exact: Option<Decimal>,
    /// Yuan as stated; `None`: held.
    pub amount: Option<Decimal>,
    /// Why it is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Reason>,
}

/// What a policy pays for figures. The same arguments give the same answer, to the last digit.
pub fn evaluate(policy: &Policy, figures: &Figures) -> Evaluation {
    reward::evaluate(policy, figures)
}
