//! A whole flow table resolved: every distinct name once, then one cheap pass over the lines.
//!
//! An answer can change with the date of an alias, so a distinct name has one answer per stretch
//! of days between those dates. Most names have a single stretch.

use channelflow_model::flow::{Factor, Match, Resolution, ResolvedTable, Rule};
use channelflow_model::{
    Day, Disposition, DropReason, FlowKind, FlowTable, HoldReason, LineFlags, Micros,
};
use rustc_hash::FxHashMap;

use crate::Resolver;
use crate::alias::{Entry, cuts};
use crate::units::unit_key;

impl Resolver {
    /// Resolves every line: master ids, base quantity, disposition. A line's own hold comes first,
    /// then goods or parties that are not ours, product, customer, unit.
    pub fn resolve(&self, distributor_id: &str, mut flow: FlowTable) -> ResolvedTable {
        let mut matches = Matches::new();
        let kind = flow.kind;
        let parties = Answers::of(&flow.parties, NO_NAME, |party| {
            let fitting = self.party_aliases(distributor_id, kind, party);
            stretches(&fitting, |day| {
                let resolution = self.party_on(kind, party, &fitting, day);
                matches.take(MatchKind::Customer, resolution)
            })
        });
        let products = Answers::of(&flow.products, NO_PRODUCT, |product| {
            let fitting = self.product_aliases(distributor_id, product);
            let says_unit = !unit_key(&product.unit).is_empty();
            stretches(&fitting, |day| {
                let (resolution, factor) = self.product_on(product, &fitting, day);
                ProductAnswer {
                    name: matches.take(MatchKind::Product, resolution),
                    factor,
                    assumed: !says_unit && factor == Some(Factor::ONE),
                }
            })
        });

        let lines = flow.len();
        let mut customer = Vec::with_capacity(lines);
        let mut matched_product = Vec::with_capacity(lines);
        let mut base_quantity = Vec::with_capacity(lines);
        let mut disposition = Vec::with_capacity(lines);
        let columns = flow
            .day
            .iter()
            .zip(&flow.party)
            .zip(&flow.product)
            .zip(&flow.quantity)
            .zip(&flow.hold)
            .zip(&mut flow.flags);
        for (((((day, party), product), quantity), hold), flags) in columns {
            let party = parties.at(*party, *day);
            let product = products.at(*product, *day);
            let base = base_quantity_of(*quantity, hold.is_some(), product.factor);
            if let Some(base) = base {
                if product.assumed {
                    flags.set(LineFlags::UNIT_ASSUMED);
                }
                if !base.is_whole() {
                    flags.set(LineFlags::FRACTIONAL);
                }
            }
            customer.push(party.matched);
            matched_product.push(product.name.matched);
            base_quantity.push(base);
            disposition.push(match hold {
                Some(reason) => Disposition::Held(*reason),
                None => disposition_of(kind, party.state, product.name.state, base),
            });
        }
        ResolvedTable {
            flow,
            matches: matches.list,
            customer,
            matched_product,
            base_quantity,
            disposition,
        }
    }
}

fn disposition_of(
    kind: FlowKind,
    party: State,
    product: State,
    base: Option<Micros>,
) -> Disposition {
    if product == State::Ignored || party == State::Ignored {
        return Disposition::Dropped(DropReason::Ignored);
    }
    match product {
        State::Unknown => return Disposition::Held(HoldReason::UnknownProduct),
        State::Ambiguous => return Disposition::Held(HoldReason::AmbiguousProduct),
        State::Settled | State::Ignored => {}
    }
    if kind == FlowKind::Sale {
        match party {
            State::Unknown => return Disposition::Held(HoldReason::UnknownCustomer),
            State::Ambiguous => return Disposition::Held(HoldReason::AmbiguousCustomer),
            State::Settled | State::Ignored => {}
        }
    }
    match base {
        Some(_) => Disposition::Accepted,
        None => Disposition::Held(HoldReason::UnitUnknown),
    }
}

/// The quantity in base units. Nothing (of a price adjustment) is nothing in every unit; of a held
/// line, zero may just mean that the cell could not be read.
fn base_quantity_of(quantity: Micros, held: bool, factor: Option<Factor>) -> Option<Micros> {
    if quantity == Micros::ZERO {
        return (!held).then_some(Micros::ZERO);
    }
    let factor = factor?;
    quantity.checked_ratio(factor.numerator, factor.denominator)
}

/// What a line needs to know about a resolved name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Matched, or nothing to match.
    Settled,
    Unknown,
    Ambiguous,
    Ignored,
}

#[derive(Debug, Clone, Copy)]
struct NameAnswer {
    matched: u32,
    state: State,
}

#[derive(Debug, Clone, Copy)]
struct ProductAnswer {
    name: NameAnswer,
    factor: Option<Factor>,
    assumed: bool,
}

/// What stands for a dictionary entry that is not there.
const NO_NAME: NameAnswer = NameAnswer {
    matched: 0,
    state: State::Unknown,
};

/// See [`NO_NAME`].
const NO_PRODUCT: ProductAnswer = ProductAnswer {
    name: NO_NAME,
    factor: None,
    assumed: false,
};

/// Answers by dictionary index and day.
struct Answers<T> {
    /// Answer of the first stretch.
    first: Vec<T>,
    /// Later stretches (first day, answer) of the few names that have them.
    later: FxHashMap<u32, Vec<(Day, T)>>,
    nothing: T,
}

impl<T: Copy> Answers<T> {
    fn of<N>(names: &[N], nothing: T, mut answer: impl FnMut(&N) -> (T, Vec<(Day, T)>)) -> Self {
        let mut answers = Answers {
            first: Vec::with_capacity(names.len()),
            later: FxHashMap::default(),
            nothing,
        };
        for (index, name) in (0..).zip(names) {
            let (first, later) = answer(name);
            answers.first.push(first);
            if !later.is_empty() {
                answers.later.insert(index, later);
            }
        }
        answers
    }

    fn at(&self, index: u32, day: Day) -> T {
        let first = self
            .first
            .get(index as usize)
            .copied()
            .unwrap_or(self.nothing);
        if self.later.is_empty() {
            return first;
        }
        self.later
            .get(&index)
            .and_then(|later| later.iter().rev().find(|(from, _)| *from <= day))
            .map_or(first, |(_, answer)| *answer)
    }
}

/// One answer per stretch of days between the dates of the fitting aliases.
fn stretches<T>(
    fitting: &[&Entry],
    mut answer: impl FnMut(Option<Day>) -> T,
) -> (T, Vec<(Day, T)>) {
    let first = answer(None);
    let later = cuts(fitting)
        .into_iter()
        .map(|day| (day, answer(Some(day))))
        .collect();
    (first, later)
}

/// Matches by index; each is kept once.
struct Matches {
    list: Vec<Option<Match>>,
    indexes: FxHashMap<(MatchKind, String, Rule, Option<i64>), u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum MatchKind {
    Customer,
    Product,
}

impl Matches {
    fn new() -> Self {
        Matches {
            list: vec![None],
            indexes: FxHashMap::default(),
        }
    }

    fn take(&mut self, kind: MatchKind, resolution: Resolution) -> NameAnswer {
        let state = match resolution {
            Resolution::Matched(found) => {
                return NameAnswer {
                    matched: self.index_of(kind, found),
                    state: State::Settled,
                };
            }
            Resolution::NotNeeded => State::Settled,
            Resolution::Unknown => State::Unknown,
            Resolution::Ambiguous(_) => State::Ambiguous,
            Resolution::Ignored { .. } => State::Ignored,
        };
        NameAnswer { matched: 0, state }
    }

    fn index_of(&mut self, kind: MatchKind, found: Match) -> u32 {
        let next = u32::try_from(self.list.len()).unwrap_or(0);
        let list = &mut self.list;
        *self
            .indexes
            .entry((kind, found.id.clone(), found.rule, found.alias_id))
            .or_insert_with(|| {
                list.push(Some(found));
                next
            })
    }
}
