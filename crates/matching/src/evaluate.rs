//! Figures on labelled names: how often automatic acceptance is right, how much it takes on, and
//! whether the right answer is among the candidates. Names without a right answer count: to accept
//! anything for them is an error.
//!
//! Thresholds are not chosen here (`certify`), and must not have been chosen on the same names.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::certify::Judged;
use crate::rate::Rate;
use crate::verdict::{Answer, Decision};

/// A labelled name and what was answered.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// What was answered.
    pub answer: &'a Answer,
    /// Rows of the master that are right; empty: there is no right answer.
    pub gold: &'a [u32],
    /// What the name stands for in the tables, several separated by `|`: the kinds of dirt it was
    /// given, or how it was labelled.
    pub groups: &'a str,
}

impl<'a> Case<'a> {
    fn is_answerable(self) -> bool {
        !self.gold.is_empty()
    }

    /// Position of the first right candidate, from 0.
    fn place(self) -> Option<usize> {
        let candidates = &self.answer.ranked.candidates;
        candidates
            .iter()
            .position(|candidate| self.gold.contains(&candidate.row))
    }

    fn is_accepted(self) -> bool {
        self.answer.decision == Decision::Accept
    }

    /// Accepted, and not what is right.
    pub fn is_wrong(self) -> bool {
        self.is_accepted() && self.place() != Some(0)
    }

    /// For `certify`; `None` when the first candidate can never be accepted.
    pub fn judged(self) -> Option<Judged<'a>> {
        (self.answer.decision != Decision::None).then(|| Judged {
            class: self.answer.ranked.class,
            score: self.answer.ranked.score,
            right: self.place() == Some(0),
        })
    }
}

/// Counts over any set of names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Names.
    pub names: u64,
    /// Names with a right answer.
    pub answerable: u64,
    /// Right ones among the accepted: precision.
    pub precision: Rate,
    /// Rightly accepted among the answerable: recall of automatic acceptance.
    pub recall: Rate,
    /// Accepted, right or wrong, among all names.
    pub coverage: Rate,
    /// The right answer stands first, among the answerable, whatever was decided.
    pub first: Rate,
    /// The right answer is among the first five.
    pub among_five: Rate,
    /// Sent to a person, among all names.
    pub review: Rate,
    /// Answered with "nothing in the master fits", among all names.
    pub none: Rate,
    /// Accepted among the names without a right answer.
    pub accepted_without_answer: Rate,
}

impl Figures {
    fn count(&mut self, case: Case<'_>) {
        let accepted = case.is_accepted();
        let place = case.place();
        self.names += 1;
        self.coverage.count(accepted);
        self.review.count(case.answer.decision == Decision::Review);
        self.none.count(case.answer.decision == Decision::None);
        if accepted {
            self.precision.count(place == Some(0));
        }
        if case.is_answerable() {
            self.answerable += 1;
            self.recall.count(accepted && place == Some(0));
            self.first.count(place == Some(0));
            self.among_five
                .count(place.is_some_and(|place| place < crate::verdict::SHOWN));
        } else {
            self.accepted_without_answer.count(accepted);
        }
    }

    /// Harmonic mean of precision and recall, as record-linkage sets are reported.
    pub fn f1(&self) -> f64 {
        let (precision, recall) = (self.precision.rate(), self.recall.rate());
        if precision + recall > 0.0 {
            2.0 * precision * recall / (precision + recall)
        } else {
            0.0
        }
    }
}

/// What one rule class did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ClassFigures {
    /// Names in the class.
    pub names: u64,
    /// Names whose first candidate is right, accepted or not.
    pub right: u64,
    /// Right ones among the accepted.
    pub precision: Rate,
}

/// Everything an evaluation found.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Evaluation {
    /// Over all names.
    pub total: Figures,
    /// By rule class of the first candidate.
    pub classes: BTreeMap<String, ClassFigures>,
    /// By kind of dirt or label.
    pub groups: BTreeMap<String, Figures>,
    /// By part whose conflict kept the first candidate from being accepted: names without a right
    /// answer it stopped, and names whose right answer it stopped.
    pub vetoes: BTreeMap<String, Stopped>,
    /// Positions of the names that were accepted wrongly.
    pub wrong: Vec<usize>,
}

/// What a veto did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Stopped {
    /// The first candidate was not the right answer.
    pub wrong: u64,
    /// The first candidate was the right answer.
    pub right: u64,
}

/// Counts.
pub fn evaluate<'a>(cases: impl IntoIterator<Item = Case<'a>>) -> Evaluation {
    let mut found = Evaluation::default();
    for (position, case) in cases.into_iter().enumerate() {
        found.total.count(case);
        for group in case.groups.split('|').map(str::trim) {
            if !group.is_empty() {
                found
                    .groups
                    .entry(group.to_owned())
                    .or_default()
                    .count(case);
            }
        }
        let right = case.place() == Some(0);
        let ranked = &case.answer.ranked;
        let class = found.classes.entry(ranked.class.to_owned()).or_default();
        class.names += 1;
        class.right += u64::from(right);
        if case.is_accepted() {
            class.precision.count(right);
        }
        if let Some(veto) = ranked.candidates.first().and_then(|first| first.veto) {
            let stopped = found.vetoes.entry(veto.to_owned()).or_default();
            if right {
                stopped.right += 1;
            } else {
                stopped.wrong += 1;
            }
        }
        if case.is_wrong() {
            found.wrong.push(position);
        }
    }
    found
}
