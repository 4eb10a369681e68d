//! Candidates for a reported customer: found by the keys of its parts, or by rare pairs of
//! characters, compared, ranked and put in a rule class.

use rustc_hash::FxHashMap;

use super::class::{Where, class};
use super::compare::{Comparison, Parts, compare, text_key};
use super::home::{at_level, hint_bits, home, sharpen};
use super::parse::{Name, parse};
use super::places::Codes;
use super::recover::with_place_corrected;
use super::{CustomerQuery, CustomerRecord};
use crate::grams::{Grams, Probe};
use crate::slip::{Alignment, Slip, SlipKind};
use crate::text::normalise;
use crate::verdict::{Agreement, Candidate, Ranked, SHOWN};

/// Rows the search by characters looks at.
const NEAREST: usize = 20;
/// Of them, how many are asked whether a slip explains the difference.
const ASKED_FOR_SLIPS: usize = 8;
/// Most rows under one key that are compared; a stem of more says nothing about who it is.
const MOST_UNDER_A_KEY: usize = 400;
/// Two rows whose evidence differs by fewer bits cannot be told apart.
const TELL_APART: f32 = 1.0;

/// What an equal code is worth, in bits.
pub(super) const CODE_BITS: f32 = 10.0;
/// What it costs to be found by another name than the main one, in bits.
const OTHER_BITS: f32 = 0.5;

/// What a slip takes from the score, in bits.
pub(super) const SLIP_BITS: f32 = -4.0;

/// A master name (main or other) with its parts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) row: u32,
    pub(super) parts: Parts,
    /// It is not the main name of its row.
    other: bool,
}

/// Customers of a master, ready to be asked for.
#[derive(Debug)]
pub struct CustomerMatcher {
    pub(super) entries: Vec<Entry>,
    /// Texts of the entries as candidates are searched, one after the other, and where they begin.
    cores: Vec<char>,
    starts: Vec<u32>,
    /// (key, entry), sorted.
    keys: Vec<(u64, u32)>,
    stems: FxHashMap<u64, u32>,
    grams: Grams,
    names: Vec<Box<str>>,
}

/// A name with a slip put right.
#[derive(Debug, Clone)]
pub(super) struct Correction {
    pub(super) name: Name,
    /// The characters around the slip, as written.
    pub(super) wrong: String,
    /// The same put right.
    pub(super) right: String,
}

/// The name that was ranked last.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) name: Name,
    pub(super) parts: Parts,
    pub(super) hint: Codes,
}

/// Buffers a thread reuses between names.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    pub(super) probe: Probe,
    pub(super) near: Vec<(u32, f32)>,
    pub(super) found: Vec<Found>,
    pub(super) alignment: Alignment,
    pub(super) slips: Vec<Slip>,
    pub(super) asked: Option<Asked>,
    pub(super) corrections: Vec<Correction>,
}

/// A compared entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) entry: u32,
    pub(super) row: u32,
    pub(super) comparison: Comparison,
    pub(super) slip: Option<(SlipKind, Where)>,
    /// With a slip: which of the scratch's corrections it was found with.
    pub(super) correction: usize,
    pub(super) other: bool,
    pub(super) score: f32,
    pub(super) veto: Option<&'static str>,
}

/// What a search by characters adds to the score of a row whose text is nearly the same, in bits.
const LIKENESS: f32 = 12.0;
/// From this likeness on a different stem is a question for a person, not a conflict.
const ALIKE: f32 = 0.4;

impl CustomerMatcher {
    /// Indexes a master.
    pub fn new(records: &[CustomerRecord]) -> Self {
        let mut entries = Vec::with_capacity(records.len());
        let mut cores = Vec::new();
        let mut starts = vec![0];
        let mut names = Vec::with_capacity(records.len());
        for (row, record) in records.iter().enumerate() {
            let row = u32::try_from(row).unwrap_or(u32::MAX);
            let home = home(&record.province, &record.city, &record.county);
            let main = parse(&record.name);
            names.push(record.name.as_str().into());
            let mut add = |name: &Name, other: bool| {
                let mut parts = Parts::new(name, home);
                parts.code = text_key(&normalise(&record.code));
                let known = parts.place.meet(&home);
                if !known.is_empty() && !parts.place.is_empty() {
                    parts.place = sharpen(&parts.place, &home);
                }
                entries.push(Entry { row, parts, other });
                cores.extend(name.core.chars());
                starts.push(u32::try_from(cores.len()).unwrap_or(u32::MAX));
            };
            add(&main, false);
            for (_, other) in &main.others {
                add(other, true);
            }
            for alias in split_aliases(&record.alias) {
                add(&parse(alias), true);
            }
        }
        let mut keys = Vec::with_capacity(entries.len() * 2);
        let mut stems: FxHashMap<u64, u32> = FxHashMap::default();
        for (at, entry) in entries.iter().enumerate() {
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            keys_of(&entry.parts, |key| keys.push((key, at)));
            if entry.parts.stem != 0 {
                *stems.entry(entry.parts.stem).or_default() += 1;
            }
        }
        keys.sort_unstable();
        let total = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        let grams = Grams::of_chars(&cores, &starts, total);
        CustomerMatcher {
            entries,
            cores,
            starts,
            keys,
            stems,
            grams,
            names,
        }
    }

    /// The candidates for a reported customer, best first, and the rule class of the first.
    pub fn rank(&self, query: &CustomerQuery, scratch: &mut Scratch) -> Ranked {
        let name = parse(&query.name);
        let place = home(&query.province, &query.city, &query.county);
        let mut parts = Parts::new(&name, place);
        if !place.is_empty() && !parts.place.is_empty() {
            parts.place = sharpen(&parts.place, &place);
        }
        parts.code = text_key(&normalise(&query.code));
        let hint = home(&query.reporter_province, &query.reporter_city, "");
        if let (Some(level), true) = (parts.level, parts.place.is_empty()) {
            parts.place = at_level(&hint, level);
        }
        scratch.found.clear();
        scratch.corrections.clear();
        self.by_keys(&parts, &hint, scratch);
        let by_name = scratch.found.len();
        for alias in split_aliases(&query.alias) {
            self.by_keys(&Parts::new(&parse(alias), place), &hint, scratch);
        }
        for found in scratch.found.iter_mut().skip(by_name) {
            found.other = true;
            found.score -= OTHER_BITS;
        }
        let mut exact = scratch.found.iter().any(|f| f.veto.is_none());
        if !exact && let Some(right) = with_place_corrected(&name) {
            let mut corrected = Parts::new(&right.name, place);
            corrected.closed = parts.closed;
            if corrected.branch == 0 {
                corrected.branch = parts.branch;
                corrected.street = parts.street;
            }
            scratch.corrections.push(right);
            let slip = Some((SlipKind::Sound, Where::Place));
            self.by_keys_with(&corrected, &hint, slip, scratch);
            exact = scratch.found.iter().any(|f| f.veto.is_none());
        }
        if !exact {
            self.by_grams(&name, &parts, &hint, scratch);
        }
        let ranked = Self::answer(&self.entries, &name, &parts, &hint, scratch);
        scratch.asked = Some(Asked { name, parts, hint });
        ranked
    }

    fn by_keys(&self, parts: &Parts, hint: &Codes, scratch: &mut Scratch) {
        self.by_keys_with(parts, hint, None, scratch);
    }

    fn by_keys_with(
        &self,
        parts: &Parts,
        hint: &Codes,
        slip: Option<(SlipKind, Where)>,
        scratch: &mut Scratch,
    ) {
        let mut asked = [0_u64; 10];
        let mut count = 0;
        keys_of(parts, |key| {
            if let Some(slot) = asked.get_mut(count) {
                *slot = key;
                count += 1;
            }
        });
        for key in asked.iter().take(count) {
            let from = self.keys.partition_point(|(k, _)| k < key);
            let same = self.keys.iter().skip(from).take_while(|(k, _)| k == key);
            for (_, entry) in same.take(MOST_UNDER_A_KEY) {
                self.consider(*entry, parts, hint, slip, scratch);
            }
        }
    }

    fn by_grams(&self, name: &Name, parts: &Parts, hint: &Codes, scratch: &mut Scratch) {
        scratch.near.clear();
        let mut near = std::mem::take(&mut scratch.near);
        self.grams
            .find(&name.core, NEAREST, &mut scratch.probe, &mut near);
        for (entry, _) in &near {
            if !scratch.found.iter().any(|f| f.entry == *entry) {
                self.consider(*entry, parts, hint, None, scratch);
            }
        }
        let known = parts.stem != 0 && self.stems.contains_key(&parts.stem);
        if !known && !scratch.found.iter().any(|f| f.veto.is_none()) {
            let core: Vec<char> = name.core.chars().collect();
            for (entry, _) in near.iter().take(ASKED_FOR_SLIPS) {
                self.by_slip(*entry, &core, name, parts, hint, scratch);
            }
        }
        let recognised = scratch.found.iter().any(|f| f.veto.is_none());
        for found in &mut scratch.found {
            let Some((_, likeness)) = near.iter().find(|(entry, _)| *entry == found.entry) else {
                continue;
            };
            if found.veto.is_some() {
                found.score += LIKENESS * likeness;
                if !recognised
                    && found.veto == Some("stem")
                    && found.comparison.conflicts() == 1
                    && *likeness >= ALIKE
                {
                    found.comparison.stem = Agreement::Similar;
                    found.veto = None;
                }
            }
        }
        scratch.near = near;
    }

    pub(super) fn consider(
        &self,
        entry: u32,
        parts: &Parts,
        hint: &Codes,
        slip: Option<(SlipKind, Where)>,
        scratch: &mut Scratch,
    ) {
        let Some(Entry {
            row,
            parts: master,
            other,
        }) = self.entries.get(entry as usize).copied()
        else {
            return;
        };
        let mut comparison = compare(parts, &master);
        let same_code = parts.code != 0 && parts.code == master.code;
        // A code that agrees with a name that does not: a person asks which of the two is wrong.
        if same_code && comparison.veto() == Some("stem") && comparison.conflicts() == 1 {
            comparison.stem = Agreement::Similar;
        }
        let mut score = comparison.score(self.rarity(master.stem));
        score += hint_bits(hint, &master);
        if slip.is_some() {
            score += SLIP_BITS;
        }
        if same_code {
            score += CODE_BITS;
        }
        if other {
            score -= OTHER_BITS;
        }
        if master.closed {
            score -= 3.0;
        }
        scratch.found.push(Found {
            entry,
            row,
            comparison,
            slip,
            correction: scratch.corrections.len().saturating_sub(1),
            other,
            score,
            veto: comparison.veto(),
        });
    }

    /// What an equal stem is worth in bits: how rare it is in the master.
    #[expect(clippy::cast_precision_loss, reason = "a weight, not a count")]
    pub(super) fn rarity(&self, stem: u64) -> f32 {
        if stem == 0 {
            return 2.0;
        }
        let count = self.stems.get(&stem).copied().unwrap_or(1);
        ((self.entries.len() as f32 + 1.0) / (count as f32))
            .log2()
            .clamp(1.0, 16.0)
    }

    fn answer(
        entries: &[Entry],
        name: &Name,
        parts: &Parts,
        hint: &Codes,
        scratch: &mut Scratch,
    ) -> Ranked {
        let found = &mut scratch.found;
        found.sort_unstable_by(|a, b| {
            a.veto
                .is_some()
                .cmp(&b.veto.is_some())
                .then(b.score.total_cmp(&a.score))
                .then(a.row.cmp(&b.row))
                .then(a.entry.cmp(&b.entry))
        });
        let mut rows: Vec<Found> = Vec::with_capacity(SHOWN);
        for f in found.iter() {
            if rows.len() == SHOWN {
                break;
            }
            if !rows.iter().any(|r| r.row == f.row) {
                rows.push(*f);
            }
        }
        let candidates = rows
            .iter()
            .map(|f| Candidate {
                row: f.row,
                score: f.score,
                veto: f.veto,
            })
            .collect();
        let Some(best) = rows.first() else {
            return Ranked {
                candidates,
                class: "unknown",
                score: 0.0,
            };
        };
        if best.veto.is_some() {
            return Ranked {
                candidates,
                class: "conflict",
                score: best.score,
            };
        }
        let rival = rows.get(1).filter(|f| f.veto.is_none());
        if rival.is_some_and(|rival| best.score - rival.score < TELL_APART) {
            return Ranked {
                candidates,
                class: "ambiguous",
                score: best.score,
            };
        }
        let master = entries
            .get(best.entry as usize)
            .map(|e| e.parts)
            .unwrap_or_default();
        let class = class(name, parts, hint, best, &master, rival.is_some());
        let score = best.score - rival.map_or(0.0, |rival| rival.score * 0.25);
        Ranked {
            candidates,
            class,
            score,
        }
    }

    pub(super) fn core(&self, entry: u32) -> &[char] {
        let at = entry as usize;
        let from = self.starts.get(at).copied().unwrap_or(0) as usize;
        let to = self.starts.get(at + 1).copied().unwrap_or(0) as usize;
        self.cores.get(from..to).unwrap_or_default()
    }

    /// The main name of a row.
    pub fn name(&self, row: u32) -> &str {
        self.names.get(row as usize).map_or("", |name| name)
    }
}

/// Other names in one column.
fn split_aliases(column: &str) -> impl Iterator<Item = &str> {
    let names = column.split([';', '；', '〓']).map(str::trim);
    names.filter(|name| !name.is_empty())
}

/// Keys under which an entry is found and a reported name looks.
fn keys_of(parts: &Parts, mut each: impl FnMut(u64)) {
    if parts.code != 0 {
        each(mix(&[4, parts.code]));
    }
    if parts.stem != 0 {
        each(mix(&[1, parts.stem, parts.branch]));
        return;
    }
    for code in parts.place.as_slice() {
        each(mix(&[
            2,
            u64::from(*code),
            u64::from(parts.ordinal),
            parts.branch,
        ]));
    }
    if parts.place.is_empty() {
        each(mix(&[
            3,
            u64::from(parts.ordinal),
            u64::from(parts.kind),
            parts.branch,
        ]));
    }
}

fn mix(values: &[u64]) -> u64 {
    use std::hash::{Hash, Hasher};
    let mut hasher = rustc_hash::FxHasher::default();
    values.hash(&mut hasher);
    hasher.finish()
}
