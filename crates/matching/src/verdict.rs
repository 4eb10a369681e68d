//! What is said about a reported name: candidates with their evidence, and the decision.
//!
//! Customers and products are compared by different parts, but both end here: a ranked list, the
//! rule class of its head, and one rule that turns this into accept, review or none.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Most candidates an answer names.
pub const SHOWN: usize = 5;

/// How far one part of two names agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    /// The same.
    Equal,
    /// Two ways to write the same: 中医院 and 中医医院, 0.25g and 250mg.
    Equivalent,
    /// Close enough for a person to look at, not the same: a typing error, a related word.
    Similar,
    /// Only the reported name has it.
    OnlyReported,
    /// Only the master name has it.
    OnlyMaster,
    /// They exclude each other.
    Conflict,
}

/// One part of a reported name beside the same part of a master entity.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evidence {
    /// Code of the part (`ordinal`, `place`, `strength` …); its word is the message `part_{part}`.
    pub part: &'static str,
    /// As the reported name has it; empty: not there.
    pub reported: String,
    /// As the master has it; empty: not there.
    pub master: String,
    /// How they agree.
    pub agreement: Agreement,
    /// What it adds to the score, in bits (log2 of how much likelier it is among true matches).
    pub weight: f32,
}

/// A master entity proposed for a reported name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// Position in the master as it was given.
    pub row: u32,
    /// Sum of the evidence in bits; only comparable within one kind.
    pub score: f32,
    /// The first part in hard conflict: with one, the candidate can never be accepted.
    pub veto: Option<&'static str>,
}

/// Candidates of one reported name, best first; those without a veto come before those with one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ranked {
    /// At most [`SHOWN`].
    pub candidates: Vec<Candidate>,
    /// Rule class of the first candidate: how it was recognised (`same_parts`, `place_missing`,
    /// `typo_in_word` …), or why nothing can be recognised (`ambiguous`, `conflict`, `unknown`).
    pub class: &'static str,
    /// Confidence in the first candidate within its class, the distance to the runner-up
    /// included. Higher is safer.
    pub score: f32,
}

/// What is done with a reported name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The first candidate, without a person.
    Accept,
    /// A person chooses among the candidates.
    Review,
    /// Nothing in the master fits: every candidate is excluded, or there is none.
    None,
}

impl Decision {
    /// The word in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Decision::Accept => "accept",
            Decision::Review => "review",
            Decision::None => "none",
        }
    }
}

/// Lowest score at which each rule class may be accepted without a person. A class that is not
/// listed never is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Thresholds(pub BTreeMap<String, f32>);

/// A decision and what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// What is done.
    pub decision: Decision,
    /// The candidates, their class and score.
    pub ranked: Ranked,
}

/// Accepts the first candidate if nothing forbids it and its class is certified at its score.
pub fn decide(ranked: Ranked, thresholds: &Thresholds) -> Answer {
    let decision = match ranked.candidates.first() {
        None => Decision::None,
        Some(first) if first.veto.is_some() => Decision::None,
        Some(_) => match thresholds.0.get(ranked.class) {
            Some(least) if ranked.score >= *least => Decision::Accept,
            _ => Decision::Review,
        },
    };
    Answer { decision, ranked }
}
