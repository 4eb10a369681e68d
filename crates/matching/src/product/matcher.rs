//! Ranks the rows of a product master for a reported product: candidates by substance, trade name
//! or licence number, by rare character pairs where none of them is known; each compared part by
//! part; the class of the best one.

use rustc_hash::FxHashMap;

use crate::grams::{Grams, Probe};
use crate::product::approval::Approval;
use crate::product::class::Deviation;
use crate::product::compare::{Comparison, Rarity, compare};
use crate::product::learn::learn;
use crate::product::lexicon::Lexicon;
use crate::product::maker::Tie;
use crate::product::parse::Parsed;
use crate::product::pieces::Cutter;
use crate::product::show::{shown, texts};
use crate::product::spec::{Spec, SpecAgreement};
use crate::product::{ProductQuery, ProductRecord};
use crate::verdict::{Agreement, Candidate, Evidence, Ranked, SHOWN};

/// Rows that character pairs may propose.
const PROPOSED: usize = 12;
/// Rows of one substance that are all compared.
const MANY: usize = 16;
/// Stands for a row without a maker.
const NO_MAKER: u32 = u32::MAX;
/// Bits the best row must be ahead of another one that fits.
const AHEAD: f32 = 1.9;
/// Bits ahead beyond which more say nothing more.
const FAR_AHEAD: f32 = 10.0;

/// Buffers a search reuses; one per thread.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    pub(crate) cutter: Cutter,
    probe: Probe,
    found: Vec<(u32, f32)>,
    rows: Vec<u32>,
    text: String,
    /// How the spec agrees with each spec of the master, and for which search that was asked.
    specs: Vec<(u32, SpecAgreement)>,
    search: u32,
}

impl Scratch {
    /// Forgets the specs of the last search.
    fn begin(&mut self, specs: usize) {
        self.search = self.search.wrapping_add(1);
        if self.search == 0 || self.specs.len() != specs {
            self.specs.clear();
            self.specs.resize(specs, (0, SpecAgreement::default()));
            self.search = 1;
        }
    }

    /// The agreement with a spec, asked once in a search.
    fn spec(&mut self, spec: u32, ask: impl FnOnce() -> SpecAgreement) -> SpecAgreement {
        match self.specs.get_mut(spec as usize) {
            Some((search, known)) => {
                if *search != self.search {
                    (*search, *known) = (self.search, ask());
                }
                *known
            }
            None => ask(),
        }
    }
}

/// A product master made ready to be searched.
#[derive(Debug, Clone)]
pub struct ProductMatcher {
    lexicon: Lexicon,
    rows: Vec<Parsed>,
    /// Which of its distinct specs a row has.
    spec_of: Vec<u32>,
    distinct_specs: usize,
    /// The maker of a row, [`NO_MAKER`] if it has none.
    maker_of: Vec<u32>,
    by_base: Vec<Vec<u32>>,
    by_trade: Vec<Vec<u32>>,
    by_approval: FxHashMap<Approval, Vec<u32>>,
    rarity: Rarity,
    grams: Grams,
}

impl ProductMatcher {
    /// Takes every record apart once.
    pub fn new(records: &[ProductRecord]) -> Self {
        let lexicon = learn(records);
        let mut scratch = Scratch::default();
        let queries: Vec<ProductQuery> = records.iter().map(ProductQuery::from).collect();
        let rows: Vec<Parsed> = queries
            .iter()
            .map(|query| {
                let mut row = Parsed::read(query, &lexicon, &mut scratch);
                if let Some(own) = lexicon.makers.own(&row.maker_text) {
                    row.makers = vec![(own, Tie::Same)];
                }
                row
            })
            .collect();
        let mut by_base = vec![Vec::new(); lexicon.bases()];
        let mut by_trade = vec![Vec::new(); lexicon.trades()];
        let mut by_approval: FxHashMap<Approval, Vec<u32>> = FxHashMap::default();
        let mut makers: Vec<u32> = Vec::new();
        for (at, row) in (0_u32..).zip(&rows) {
            for base in &row.bases {
                push(&mut by_base, *base, at);
            }
            for trade in &row.trades {
                push(&mut by_trade, *trade, at);
            }
            for approval in &row.approvals {
                by_approval.entry(*approval).or_default().push(at);
            }
            if let Some((maker, _)) = row.makers.first() {
                let maker = *maker as usize;
                if makers.len() <= maker {
                    makers.resize(maker + 1, 0);
                }
                if let Some(count) = makers.get_mut(maker) {
                    *count += 1;
                }
            }
        }
        let mut specs: FxHashMap<&Spec, u32> = FxHashMap::default();
        let mut spec_of = Vec::with_capacity(rows.len());
        for row in &rows {
            let next = u32::try_from(specs.len()).unwrap_or(u32::MAX);
            spec_of.push(*specs.entry(&row.spec).or_insert(next));
        }
        let distinct_specs = specs.len();
        let maker_of = rows
            .iter()
            .map(|row| row.makers.first().map_or(NO_MAKER, |(maker, _)| *maker))
            .collect();
        let total = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let rarity = Rarity {
            bases: by_base
                .iter()
                .map(|rows: &Vec<u32>| bits(total, rows.len()))
                .collect(),
            makers: makers
                .iter()
                .map(|count| bits(total, *count as usize))
                .collect(),
        };
        let texts: Vec<String> = queries.iter().map(whole_text).collect();
        let grams = Grams::new(total, (0_u32..).zip(texts.iter().map(String::as_str)));
        ProductMatcher {
            lexicon,
            rows,
            spec_of,
            distinct_specs,
            maker_of,
            by_base,
            by_trade,
            by_approval,
            rarity,
            grams,
        }
    }

    /// The best rows for a reported product, and the class of the first.
    pub fn rank(&self, query: &ProductQuery, scratch: &mut Scratch) -> Ranked {
        let reported = Parsed::read(query, &self.lexicon, scratch);
        self.by_keys(&reported, &mut scratch.rows);
        let mut best = Best::default();
        scratch.begin(self.distinct_specs);
        self.drop_hopeless(&reported, scratch);
        for at in 0..scratch.rows.len() {
            let Some(row) = scratch.rows.get(at).copied() else {
                continue;
            };
            best.take(row, self.compare(&reported, row, scratch));
        }
        // Where the substance is certain, other substances are no candidates.
        let certain = reported.residue.is_empty() && scratch.rows.len() >= SHOWN;
        if best.fitting == 0 && !certain {
            self.by_text(query, scratch);
            for at in 0..scratch.found.len() {
                match scratch.found.get(at).copied() {
                    Some((row, _)) if !scratch.rows.contains(&row) => {
                        best.take(row, self.compare(&reported, row, scratch));
                    }
                    _ => {}
                }
            }
        }
        best.ranked()
    }

    /// Every part of a reported product beside a row.
    pub fn evidence(&self, query: &ProductQuery, row: u32) -> Vec<Evidence> {
        let reported = Parsed::read(query, &self.lexicon, &mut Scratch::default());
        let Some(master) = self.rows.get(row as usize) else {
            return Vec::new();
        };
        let (ours, theirs) = (
            texts(&reported, &self.lexicon),
            texts(master, &self.lexicon),
        );
        let mut evidence = Vec::new();
        let spec = reported.spec.agreement(&master.spec);
        compare(
            &reported,
            master,
            spec,
            &self.rarity,
            &self.lexicon,
            |part| {
                evidence.push(Evidence {
                    part: part.code,
                    reported: shown(&ours, part.code),
                    master: shown(&theirs, part.code),
                    agreement: part.agreement,
                    weight: part.weight,
                });
            },
        );
        evidence
    }

    fn compare(&self, reported: &Parsed, row: u32, scratch: &mut Scratch) -> Comparison {
        let at = row as usize;
        let (Some(master), Some(spec)) = (self.rows.get(at), self.spec_of.get(at)) else {
            return Comparison {
                veto: Some("generic"),
                ..Comparison::default()
            };
        };
        let spec = scratch.spec(*spec, || reported.spec.agreement(&master.spec));
        compare(reported, master, spec, &self.rarity, &self.lexicon, |_| {})
    }

    /// Of many rows of one substance, leaves out those of another maker with another spec: two
    /// conflicts are never right, and comparing them part by part costs most of a search.
    fn drop_hopeless(&self, reported: &Parsed, scratch: &mut Scratch) {
        if scratch.rows.len() <= MANY || !reported.approvals.is_empty() {
            return;
        }
        let mut rows = std::mem::take(&mut scratch.rows);
        let hopeful = |row: &u32, scratch: &mut Scratch| {
            let at = *row as usize;
            let maker = self.maker_of.get(at).copied().unwrap_or(NO_MAKER);
            if maker == NO_MAKER || reported.makers.iter().any(|(id, _)| *id == maker) {
                return true;
            }
            let (Some(master), Some(spec)) = (self.rows.get(at), self.spec_of.get(at)) else {
                return false;
            };
            let found = scratch.spec(*spec, || reported.spec.agreement(&master.spec));
            ![found.strength, found.volume, found.pack].contains(&Some(Agreement::Conflict))
        };
        if rows.iter().filter(|row| hopeful(row, scratch)).count() >= SHOWN {
            rows.retain(|row| hopeful(row, scratch));
        }
        scratch.rows = rows;
    }

    /// Rows with the licence number, the substance or the trade name.
    fn by_keys(&self, reported: &Parsed, rows: &mut Vec<u32>) {
        rows.clear();
        for approval in &reported.approvals {
            rows.extend(self.by_approval.get(approval).into_iter().flatten());
        }
        for base in &reported.bases {
            rows.extend(self.by_base.get(*base as usize).into_iter().flatten());
        }
        if reported.bases.is_empty() {
            for trade in &reported.trades {
                rows.extend(self.by_trade.get(*trade as usize).into_iter().flatten());
            }
        }
        rows.sort_unstable();
        rows.dedup();
    }

    fn by_text(&self, query: &ProductQuery, scratch: &mut Scratch) {
        scratch.found.clear();
        scratch.text.clear();
        scratch.text.push_str(&whole_text(query));
        self.grams.find(
            &scratch.text,
            PROPOSED,
            &mut scratch.probe,
            &mut scratch.found,
        );
    }
}

fn push(lists: &mut [Vec<u32>], list: u32, row: u32) {
    if let Some(rows) = lists.get_mut(list as usize) {
        rows.push(row);
    }
}

/// Rarity in bits, between 2 and 10.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a weight, not a count"
)]
fn bits(total: u32, count: usize) -> f32 {
    ((f64::from(total) + 1.0) / (count as f64 + 0.5))
        .log2()
        .clamp(2.0, 10.0) as f32
}

/// Name, spec and maker in one string.
fn whole_text(query: &ProductQuery) -> String {
    let name = if query.name.is_empty() {
        &query.generic_name
    } else {
        &query.name
    };
    let mut text = String::new();
    for part in [&query.trade_name, name, &query.spec, &query.maker] {
        text.extend(crate::product::parse::flat(part).filter(|c| *c != ' '));
    }
    text
}

/// The best candidates so far.
#[derive(Debug, Default)]
struct Best {
    list: Vec<(Candidate, Comparison)>,
    fitting: usize,
    /// Rows that only their trade name excludes.
    other_trades: usize,
}

impl Best {
    fn take(&mut self, row: u32, comparison: Comparison) {
        self.fitting += usize::from(comparison.veto.is_none());
        self.other_trades += usize::from(comparison.only_trade_excludes);
        let candidate = Candidate {
            row,
            score: comparison.score,
            veto: comparison.veto,
        };
        let after = |other: &Candidate| {
            (other.veto.is_some(), candidate.veto.is_some()) == (false, true)
                || (other.veto.is_some() == candidate.veto.is_some()
                    && other.score >= candidate.score)
        };
        let at = self.list.partition_point(|(other, _)| after(other));
        if at < SHOWN {
            self.list.truncate(SHOWN - 1);
            self.list
                .insert(at.min(self.list.len()), (candidate, comparison));
        }
    }

    fn ranked(self) -> Ranked {
        let Some((first, comparison)) = self.list.first() else {
            return Ranked {
                candidates: Vec::new(),
                class: "unknown",
                score: 0.0,
            };
        };
        let second = self.list.get(1).filter(|(second, _)| second.veto.is_none());
        let ahead = second.map_or(FAR_AHEAD, |(second, _)| first.score - second.score);
        let unexplained = comparison.deviations.has(Deviation::Unexplained);
        let class = if first.veto.is_some() {
            "conflict"
        } else if ahead < AHEAD && !unexplained {
            "ambiguous"
        } else if comparison.same_approval
            && !unexplained
            && !comparison.deviations.has(Deviation::PackMissing)
        {
            "approval_no"
        } else if self.other_trades > 0 && !unexplained {
            "trade_name_decides"
        } else {
            comparison.deviations.class()
        };
        let score = first.score - (FAR_AHEAD - ahead).max(0.0);
        Ranked {
            candidates: self.list.iter().map(|(candidate, _)| *candidate).collect(),
            class,
            score,
        }
    }
}
