//! Records of any sort, compared column by column: people, goods of a shop, whatever public
//! record-linkage sets hold. No vocabulary, no vetoes: it shows what candidates and additive
//! evidence do alone, beside which `customer` and `product` are to be judged. Not for money.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::grams::{Grams, Probe};
use crate::text::normalise;
use crate::verdict::{Agreement, Candidate, Evidence, Ranked, SHOWN};

/// Candidates compared in full.
const COMPARED: usize = 50;

/// Most bits one column can add: two records that agree in something unique are not yet the same.
const MOST_BITS: f32 = 16.0;

/// Bits a column that disagrees costs: one true pair in sixteen does.
const DISAGREES: f32 = 4.0;

/// Likeness from which two values count as one with a typing error.
const LIKE: f32 = 0.6;

/// The one rule class: there are no rules.
const CLASS: &str = "record";

/// Rule classes a record can have.
pub fn classes() -> &'static [&'static str] {
    &[CLASS, "unknown"]
}

/// Buffers a thread reuses.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    probe: Probe,
    found: Vec<(u32, f32)>,
}

/// Records of one master: the same columns in the same order in all of them, the name first.
#[derive(Debug, Clone, Default)]
pub struct RecordMatcher {
    rows: Vec<Vec<Value>>,
    grams: Grams,
    /// Rows by word and column.
    words: FxHashMap<(usize, String), u32>,
}

#[derive(Debug, Clone, Default)]
struct Value {
    /// As given, for people.
    text: String,
    words: FxHashSet<String>,
    pairs: FxHashSet<(char, char)>,
}

impl Value {
    fn new(text: &str) -> Self {
        let lower = text.to_lowercase();
        let words = lower.split(|c: char| !c.is_alphanumeric());
        let letters: Vec<char> = normalise(text).chars().collect();
        let ends = std::iter::once('^').chain(letters.iter().copied());
        let pairs = ends.zip(letters.iter().copied().chain(std::iter::once('$')));
        Value {
            text: text.to_owned(),
            words: words
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect(),
            pairs: if letters.is_empty() {
                FxHashSet::default()
            } else {
                pairs.collect()
            },
        }
    }
}

impl RecordMatcher {
    /// Indexes a master.
    pub fn new(records: &[Vec<String>]) -> Self {
        let rows: Vec<Vec<Value>> = records.iter().map(|record| values(record)).collect();
        let mut words: FxHashMap<(usize, String), u32> = FxHashMap::default();
        for row in &rows {
            for (column, value) in row.iter().enumerate() {
                for word in &value.words {
                    *words.entry((column, word.clone())).or_default() += 1;
                }
            }
        }
        let texts: Vec<String> = records
            .iter()
            .map(|record| normalise(&record.concat()))
            .collect();
        let numbered = (0_u32..).zip(texts.iter().map(String::as_str));
        let grams = Grams::new(u32::try_from(rows.len()).unwrap_or(u32::MAX), numbered);
        RecordMatcher { rows, grams, words }
    }

    /// The candidates of a record.
    pub fn rank(&self, record: &[String], scratch: &mut Scratch) -> Ranked {
        scratch.found.clear();
        let text = normalise(&record.concat());
        self.grams
            .find(&text, COMPARED, &mut scratch.probe, &mut scratch.found);
        let reported = values(record);
        let mut candidates: Vec<Candidate> = scratch
            .found
            .iter()
            .map(|(row, _)| Candidate {
                row: *row,
                score: self
                    .compare(&reported, *row)
                    .iter()
                    .map(|one| one.weight)
                    .sum(),
                veto: None,
            })
            .collect();
        candidates.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.row.cmp(&b.row)));
        candidates.truncate(SHOWN);
        let score = match candidates.as_slice() {
            [] => 0.0,
            [only] => only.score,
            // A runner-up that fits as well makes the best one no better than chance.
            [first, second, ..] => first.score.min(3.0 * (first.score - second.score)),
        };
        Ranked {
            class: if candidates.is_empty() {
                "unknown"
            } else {
                CLASS
            },
            candidates,
            score,
        }
    }

    /// What speaks for and against a row, one entry for every column that either side fills.
    pub fn evidence(&self, record: &[String], row: u32) -> Vec<Evidence> {
        self.compare(&values(record), row)
    }

    fn compare(&self, reported: &[Value], row: u32) -> Vec<Evidence> {
        let master = self.rows.get(row as usize).map_or(&[][..], Vec::as_slice);
        let columns = reported.iter().zip(master).enumerate();
        columns
            .filter(|(_, (reported, master))| !(reported.text.is_empty() && master.text.is_empty()))
            .map(|(column, (reported, master))| {
                let (agreement, weight) = self.agreement(column, reported, master);
                Evidence {
                    part: if column == 0 { "name" } else { "column" },
                    reported: reported.text.clone(),
                    master: master.text.clone(),
                    agreement,
                    weight,
                }
            })
            .collect()
    }

    fn agreement(&self, column: usize, reported: &Value, master: &Value) -> (Agreement, f32) {
        if reported.text.is_empty() {
            return (Agreement::OnlyMaster, 0.0);
        }
        if master.text.is_empty() {
            return (Agreement::OnlyReported, 0.0);
        }
        let bits = |value: &Value| {
            value
                .words
                .iter()
                .map(|word| self.bits(column, word))
                .sum::<f32>()
        };
        let shared = reported.words.intersection(&master.words);
        let shared: f32 = shared.map(|word| self.bits(column, word)).sum();
        let longest = bits(reported).max(bits(master)).max(f32::EPSILON);
        let like = (shared / longest).max(dice(reported, master));
        let weight = like * longest.min(MOST_BITS) - (1.0 - like) * DISAGREES;
        if reported.pairs == master.pairs {
            (Agreement::Equal, weight)
        } else if like >= LIKE {
            (Agreement::Similar, weight)
        } else {
            (Agreement::Conflict, weight)
        }
    }

    /// How much a word tells: bits of its rarity in its column.
    #[expect(clippy::cast_precision_loss, reason = "a weight, not a count")]
    fn bits(&self, column: usize, word: &str) -> f32 {
        let rows = self
            .words
            .get(&(column, word.to_owned()))
            .copied()
            .unwrap_or(0);
        ((self.rows.len() as f32 + 1.0) / (rows as f32 + 0.5))
            .log2()
            .max(0.1)
    }
}

fn values(record: &[String]) -> Vec<Value> {
    record.iter().map(|text| Value::new(text)).collect()
}

/// Share of the pairs of neighbouring letters that two values have in common.
#[expect(clippy::cast_precision_loss, reason = "a share, not a count")]
fn dice(one: &Value, other: &Value) -> f32 {
    let both = one.pairs.intersection(&other.pairs).count();
    2.0 * both as f32 / ((one.pairs.len() + other.pairs.len()) as f32).max(1.0)
}
