//! Which rule classes may be accepted without a person, and from which score on: chosen on
//! labelled names, with the error rate that was measured and how sure it is.
//!
//! A class is certified alone and all of them together. Few numbers are chosen, because every
//! choice made on the labels makes the labels look better than names to come: a class is cut only
//! between bands of at least 49 labels. Not here: ranking (`customer`, `product`), figures
//! on labels nothing was chosen on (`evaluate`).

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::rate::Rate;
use crate::text::normalise;
use crate::verdict::{Ranked, Thresholds};

/// Share of accepted names that must be right, over all classes together.
pub const TARGET: f64 = 0.998;

/// What that share must be at least, with 95 % confidence.
pub const TARGET_SURE: f64 = 0.995;

/// Highest error rate at which a band of a class is accepted, counted with half an error more than
/// was seen; so a band needs fifty labels without an error.
const WORST_BAND: f64 = 0.01;

/// Fewest labels that are judged together.
const BAND: u64 = 49;

/// Classes with fewer labels than a band are judged together, if none has an error; with fewer
/// labels than this a class says nothing even there.
const SMALL: usize = 10;

/// Classes in which nothing is guessed. They are accepted without an error in the labels, however
/// few labels there are; `exact` even without any, as the shipped default does.
const TRUSTED: [&str; 2] = ["exact", "same_parts"];

/// Classes that stay with a person whatever labels say: in them something that tells houses or
/// packs apart is missing, differs or was guessed, and labels that happen to be clean would only
/// say that the labels are few.
const FOR_A_PERSON: [&str; 18] = [
    "ambiguous",
    "conflict",
    "unknown",
    "closed",
    "similar_name",
    "unexplained",
    "kind_near",
    "several",
    "slip_other",
    "slip_and_more",
    "slip_in_place_elsewhere",
    "place_wider",
    "place_ambiguous_elsewhere",
    "place_missing_common",
    "place_missing_elsewhere",
    "place_missing_generic",
    "place_missing_rivals",
    "pack_missing",
];

/// The class that is accepted when nothing was calibrated: the same name, and only one has it.
pub const DEFAULT: [&str; 1] = ["exact"];

/// What the first candidate of a labelled name turned out to be. Names whose first candidate has
/// a veto, or that have none, can never be accepted and are not judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged<'a> {
    /// Rule class of the first candidate.
    pub class: &'a str,
    /// Its score.
    pub score: f32,
    /// Whether it is the right answer.
    pub right: bool,
}

/// What was found about one rule class.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassCertificate {
    /// Lowest score accepted; without one the class stays with a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f32>,
    /// Labelled names in the class.
    pub labels: u64,
    /// Wrong ones among them.
    pub wrong: u64,
    /// Of these, names at or above the threshold.
    pub accepted: u64,
    /// Wrong ones among them.
    pub errors: u64,
    /// Two-sided 95 % interval of the error rate of the accepted ones.
    pub error_interval: [f64; 2],
}

/// The thresholds of one kind for one master, and what they rest on. This is the file
/// `match calibrate` writes and `match --thresholds` reads.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// `customer`, `product` or `record`.
    pub kind: String,
    /// The day it was calibrated, `2026-03-05`.
    pub date: String,
    /// Entities in the master then.
    pub master_size: u64,
    /// Digest of the master then.
    pub master_digest: String,
    /// Labelled names that were looked at.
    pub labels: u64,
    /// Names accepted under these thresholds.
    pub accepted: u64,
    /// Wrong ones among them.
    pub errors: u64,
    /// Lower one-sided 95 % bound of their precision.
    pub precision_at_least: f64,
    /// Every class that was seen.
    pub class: BTreeMap<String, ClassCertificate>,
}

impl Certificate {
    /// What [`crate::decide`] needs.
    pub fn thresholds(&self) -> Thresholds {
        let certified = self.class.iter();
        Thresholds(
            certified
                .filter_map(|(class, found)| Some((class.clone(), found.threshold?)))
                .collect(),
        )
    }
}

/// Tells a name that is the master's own from one that only has the same parts: what is accepted
/// when nothing was calibrated.
pub fn mark_exact(ranked: &mut Ranked, reported: &str, master: &str) {
    if ranked.class == "same_parts" && normalise(reported) == normalise(master) {
        ranked.class = "exact";
    }
}

/// What is accepted when nothing was calibrated: [`DEFAULT`].
pub fn default_thresholds() -> Thresholds {
    Thresholds(
        DEFAULT
            .iter()
            .map(|class| ((*class).to_owned(), 0.0))
            .collect(),
    )
}

/// Chooses the thresholds. `names` is the number of labelled names, judged or not.
pub fn certify(names: u64, judged: &[Judged<'_>]) -> Certificate {
    let mut classes: BTreeMap<&str, Class> = BTreeMap::new();
    for one in judged {
        classes.entry(one.class).or_default().scores.push(*one);
    }
    for (name, class) in &mut classes {
        if !FOR_A_PERSON.contains(name) {
            class.cut(TRUSTED.contains(name));
        }
    }
    pool(&mut classes);
    while right(&classes).rate() < TARGET || right(&classes).at_least() < TARGET_SURE {
        // The band that costs most goes back to a person.
        let worst = classes
            .values_mut()
            .filter(|class| class.accepted().hits > 0)
            .max_by(|a, b| a.last_band().total_cmp(&b.last_band()));
        let Some(class) = worst else {
            // No error is left, and yet too few labels to be sure.
            for (name, class) in &mut classes {
                class.kept *= usize::from(TRUSTED.contains(name));
            }
            break;
        };
        class.kept = class.kept.saturating_sub(1);
    }
    let right = right(&classes);
    let mut found: BTreeMap<String, ClassCertificate> = classes
        .iter()
        .map(|(name, class)| ((*name).to_owned(), class.certificate()))
        .collect();
    for class in DEFAULT {
        found
            .entry(class.to_owned())
            .or_insert_with(|| ClassCertificate {
                threshold: Some(0.0),
                error_interval: [0.0, 1.0],
                ..ClassCertificate::default()
            });
    }
    Certificate {
        labels: names,
        accepted: right.of,
        errors: right.of - right.hits,
        precision_at_least: rounded(right.at_least()),
        class: found,
        ..Certificate::default()
    }
}

/// Accepts small classes that are clean, if all of them together are enough to be judged. Classes
/// that rest on where the reporter sits (a hint, not an address) need labels of their own.
fn pool(classes: &mut BTreeMap<&str, Class<'_>>) {
    let mut small: Vec<&mut Class<'_>> = classes
        .iter_mut()
        .filter(|(name, _)| !name.ends_with("reporter") && !FOR_A_PERSON.contains(name))
        .map(|(_, class)| class)
        .filter(|class| class.kept == 0 && class.scores.len() >= SMALL)
        .filter(|class| (class.scores.len() as u64) < BAND)
        .filter(|class| class.scores.iter().all(|one| one.right))
        .collect();
    let labels = small.iter().map(|class| class.scores.len() as u64).sum();
    let errors = Rate {
        hits: 0,
        of: labels,
    };
    if errors.cautious() <= WORST_BAND {
        for class in &mut small {
            class.kept = class.bands.len();
        }
    }
}

/// The right ones among everything accepted.
fn right(classes: &BTreeMap<&str, Class<'_>>) -> Rate {
    let errors = classes
        .values()
        .fold(Rate::default(), |sum, class| sum.with(class.accepted()));
    Rate {
        hits: errors.of - errors.hits,
        of: errors.of,
    }
}

/// The judged names of one class, and how far down they are accepted.
#[derive(Default)]
struct Class<'a> {
    scores: Vec<Judged<'a>>,
    /// Bands from the highest score down; `hits` are errors.
    bands: Vec<(f32, Rate)>,
    /// So many bands are accepted.
    kept: usize,
}

impl Class<'_> {
    fn cut(&mut self, trusted: bool) {
        self.scores.sort_by(|a, b| b.score.total_cmp(&a.score));
        self.bands = bands(&self.scores);
        self.kept = self
            .bands
            .iter()
            .take_while(|(_, errors)| {
                errors.cautious() <= WORST_BAND || (trusted && errors.hits == 0)
            })
            .count();
    }

    fn accepted(&self) -> Rate {
        self.bands
            .iter()
            .take(self.kept)
            .fold(Rate::default(), |sum, (_, band)| sum.with(*band))
    }

    fn last_band(&self) -> f64 {
        let last = self.kept.checked_sub(1).and_then(|at| self.bands.get(at));
        last.map_or(0.0, |(_, errors)| errors.cautious())
    }

    fn certificate(&self) -> ClassCertificate {
        let accepted = self.accepted();
        let (low, high) = accepted.interval();
        let last = self.kept.checked_sub(1).and_then(|at| self.bands.get(at));
        ClassCertificate {
            threshold: last.map(|(least, _)| *least),
            labels: self.scores.len() as u64,
            wrong: self.scores.iter().filter(|one| !one.right).count() as u64,
            accepted: accepted.of,
            errors: accepted.hits,
            error_interval: [rounded(low), rounded(high)],
        }
    }
}

/// Bands of falling score, each with its lowest score: equal scores stand together, a band has
/// [`BAND`] labels or is the only one, and a lower band has more errors than the one above it
/// (bands that do not are one band: the difference is chance).
fn bands(falling: &[Judged<'_>]) -> Vec<(f32, Rate)> {
    let mut bands: Vec<(f32, Rate)> = Vec::new();
    for same in falling.chunk_by(|a, b| a.score.total_cmp(&b.score) == Ordering::Equal) {
        let mut band = Rate::default();
        for one in same {
            band.count(!one.right);
        }
        let Some(least) = same.first().map(|one| one.score) else {
            continue;
        };
        match bands.last_mut() {
            Some((edge, above)) if above.of < BAND => {
                *edge = least;
                *above = above.with(band);
            }
            _ => bands.push((least, band)),
        }
        merge_equals(&mut bands);
    }
    if bands.last().is_some_and(|(_, last)| last.of < BAND) {
        merge_last(&mut bands);
        merge_equals(&mut bands);
    }
    bands
}

fn merge_equals(bands: &mut Vec<(f32, Rate)>) {
    while let [.., (_, above), (_, below)] = bands.as_slice()
        && below.of >= BAND
        && below.rate() <= above.rate()
    {
        merge_last(bands);
    }
}

/// Makes one band of the last two.
fn merge_last(bands: &mut Vec<(f32, Rate)>) {
    if bands.len() > 1
        && let Some((least, below)) = bands.pop()
        && let Some((edge, above)) = bands.last_mut()
    {
        *edge = least;
        *above = above.with(below);
    }
}

/// Six decimals are more than any number of labels tells.
fn rounded(rate: f64) -> f64 {
    (rate * 1e6).round() / 1e6
}
