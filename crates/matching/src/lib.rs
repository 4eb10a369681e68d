//! Reported names that no exact key resolves: candidates from the master data, the evidence for
//! and against each, the hard conflicts that forbid a match whatever the score (vetoes), and the
//! rule class of the best one. Pure: no clock, no files, no frames.
//!
//! A name is taken apart first (`customer`, `product`), then candidates are found by keys and by
//! rare character pairs (`grams`), compared part by part, and ranked. Whether the best candidate
//! may be taken without a person is not a question of its score alone: its rule class must have
//! been certified on labelled names (`certify`). Exact keys and the alias memory are not here;
//! they come before.

pub mod certify;
pub mod customer;
pub mod evaluate;
pub mod explain;
pub mod grams;
mod numerals;
pub mod product;
pub mod rate;
pub mod record;
mod slip;
mod sound;
pub mod text;
mod trie;
pub mod verdict;

pub use crate::verdict::{
    Agreement, Answer, Candidate, Decision, Evidence, Ranked, Thresholds, decide,
};
