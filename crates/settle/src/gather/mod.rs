//! Figures of policies from folds: which entry counts for which policy, month by month.
//!
//! A [`Gatherer`] knows the policies and the reference data. Every fold becomes [`MonthSums`] per
//! policy; they add up and do not depend on the order of folds. [`Gatherer::figures`] makes the
//! figures of one policy, party and span of them. Not here: what the figures give (`evaluate`).
//!
//! What counts: sales by scope and counting point, purchases and shipments by product only, money
//! paid by whoever paid. Gifts count nothing, stock adjustments are no flow. A line without an
//! amount, or a product without a price, makes the sum of that measure unknown, never smaller.

mod figures;
mod pots;
mod shelf;
mod stock;
mod sums;
mod targets;

use std::borrow::Cow;
use std::sync::OnceLock;

pub use figures::{Elsewhere, TRANSIT_DAYS, Told};
pub use stock::Stock;
pub use sums::{MonthSums, ProductSums, RawSums};
pub use targets::targets_behind;

use channelflow_model::master::{Customer, MasterData};
use channelflow_model::settlement::{
    CountingPoint, Entry, FlowClass, Fold, Shipment, Target, TargetOwner,
};
use channelflow_model::{Day, FlowKind, LineFlags, Micros, Period, PeriodRule};
use rustc_hash::FxHashMap;

use self::pots::Pots;
use self::shelf::{Place, Shelf};
use crate::classify::{buyer_class, counts, has_value, line_class};
use crate::figures::Part;
use crate::policy::{GateOn, Late, Policy, Shape, Source, Subject};
use crate::reference::Prepared;

/// Policies looked at together: one bit each.
const TOGETHER: usize = 64;
/// Days a fold's entries are remembered for: those of a month have different places.
const DAYS: usize = 32;

/// An entry that counts elsewhere than its fold says: the rows of an appeal, or a return that
/// belongs to the month its goods were sold in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Whose sale.
    pub distributor_id: String,
    /// When it happened.
    pub business_period: Period,
    /// When it counts.
    pub booking_period: Period,
    /// The customer.
    pub customer_id: String,
    /// The product.
    pub product_id: String,
    /// The rest; its customer and product are 0.
    pub entry: Entry,
    /// Where it counts; `None`: where its flags say.
    pub part: Option<Part>,
}

impl Moved {
    /// It as a fold of its own.
    fn fold(&self) -> Fold {
        Fold {
            distributor_id: self.distributor_id.clone(),
            kind: FlowKind::Sale,
            business_period: self.business_period,
            booking_period: self.booking_period,
            customers: vec![self.customer_id.clone()],
            products: vec![self.product_id.clone()],
            entries: vec![Entry {
                customer: 0,
                product: 0,
                ..self.entry
            }],
        }
    }
}

/// A policy as entries ask for it.
struct Asked<'a> {
    policy: &'a Policy,
    point: CountingPoint,
    groups: Vec<&'a str>,
    by_product: bool,
    by_customer: bool,
}

/// Knows which entry counts for which policy.
pub struct Gatherer<'a> {
    policies: Vec<Asked<'a>>,
    prepared: &'a Prepared<'a>,
    master: &'a MasterData,
    customers: FxHashMap<&'a str, Known<'a>>,
    shelf: Shelf<'a>,
    /// Targets of distributors.
    targets: FxHashMap<&'a str, Vec<&'a Target>>,
    /// Bases somebody approved for them.
    bases: FxHashMap<&'a str, Vec<&'a Target>>,
}

/// A customer of the master data, and what it is to the policies once it was met.
struct Known<'a> {
    customer: &'a Customer,
    buyer: OnceLock<Buyer>,
}

impl<'a> Gatherer<'a> {
    /// For these policies; their place in the list is their number.
    pub fn new(policies: &'a [Policy], prepared: &'a Prepared<'a>) -> Self {
        let policies: Vec<Asked<'_>> = policies.iter().map(asked).collect();
        let master = prepared.reference.master;
        let customers = master.customers.iter().map(|customer| {
            let buyer = OnceLock::new();
            (customer.id.as_str(), Known { customer, buyer })
        });
        let mut targets: FxHashMap<&str, Vec<&Target>> = FxHashMap::default();
        let mut bases: FxHashMap<&str, Vec<&Target>> = FxHashMap::default();
        for target in prepared.reference.targets {
            match &target.owner {
                TargetOwner::Distributor(id) => targets.entry(id).or_default().push(target),
                TargetOwner::Base(id) => bases.entry(id).or_default().push(target),
                TargetOwner::Unit(_) => {}
            }
        }
        Gatherer {
            targets,
            bases,
            shelf: Shelf::new(&policies, prepared),
            policies,
            prepared,
            master,
            customers: customers.collect(),
        }
    }

    /// The policies.
    pub fn policy(&self, number: usize) -> Option<&'a Policy> {
        self.policies.get(number).map(|asked| asked.policy)
    }

    fn targets_of(&self, distributor_id: &str) -> &[&'a Target] {
        let targets = self.targets.get(distributor_id);
        targets.map_or(&[], Vec::as_slice)
    }

    fn bases_of(&self, distributor_id: &str) -> &[&'a Target] {
        let bases = self.bases.get(distributor_id);
        bases.map_or(&[], Vec::as_slice)
    }

    /// The master data it gathers by.
    pub(crate) fn prepared(&self) -> &'a Prepared<'a> {
        self.prepared
    }

    /// Numbers of the policies a distributor earns, by its tier on a day.
    pub fn earned_by(&self, distributor_id: &str, day: Day) -> Vec<usize> {
        let tier = self.prepared.tiers.at(distributor_id, day);
        let numbered = self.policies.iter().enumerate();
        numbered
            .filter(|(_, asked)| asked.policy.party.includes(distributor_id, tier))
            .map(|(number, _)| number)
            .collect()
    }

    /// Distributors of the master data, by id.
    pub fn distributors(&self) -> impl Iterator<Item = &'a str> {
        self.master.distributors.iter().map(|it| it.id.as_str())
    }

    /// What a fold adds to the policies `wanted` (numbers), with the month it adds to.
    pub fn of_fold(&self, fold: &Fold, wanted: &[usize]) -> Vec<(usize, Period, MonthSums)> {
        let source = match fold.kind {
            FlowKind::Sale => Source::Sale,
            FlowKind::Purchase => Source::Purchase,
            FlowKind::Inventory => return Vec::new(),
        };
        self.gather(fold, source, wanted, None)
    }

    /// What shipments of one distributor add: counted in the month they left.
    pub fn of_shipments(
        &self,
        shipments: &[&Shipment],
        rule: PeriodRule,
        wanted: &[usize],
    ) -> Vec<(usize, Period, MonthSums)> {
        let mut all = Vec::new();
        for shipment in shipments {
            let month = rule.period_of(shipment.day);
            let fold = Fold {
                distributor_id: shipment.distributor_id.clone(),
                kind: FlowKind::Purchase,
                business_period: month,
                booking_period: month,
                customers: vec![String::new()],
                products: vec![shipment.product_id.clone()],
                entries: vec![Entry {
                    customer: 0,
                    product: 0,
                    day: shipment.day,
                    flags: if shipment.quantity < Micros::ZERO {
                        LineFlags::RETURN
                    } else {
                        LineFlags::default()
                    },
                    lines: 1,
                    quantity: shipment.quantity,
                    amount: shipment.amount,
                }],
            };
            all.extend(self.gather(&fold, Source::Shipment, wanted, None));
        }
        all
    }

    /// What a moved entry adds.
    pub fn of_moved(&self, moved: &Moved, wanted: &[usize]) -> Vec<(usize, Period, MonthSums)> {
        self.gather(&moved.fold(), Source::Sale, wanted, moved.part)
    }

    fn gather(
        &self,
        fold: &Fold,
        source: Source,
        wanted: &[usize],
        part: Option<Part>,
    ) -> Vec<(usize, Period, MonthSums)> {
        let mut all = Vec::new();
        for (word, asked) in self.policies.chunks(TOGETHER).enumerate() {
            let first = word * TOGETHER;
            let together = Together {
                word,
                asked,
                mask: mask_of(asked, |asked| asked.policy.basis.source == source)
                    & wanted
                        .iter()
                        .filter_map(|number| number.checked_sub(first))
                        .filter(|at| *at < TOGETHER)
                        .fold(0, |mask, at| mask | 1 << at),
            };
            if together.mask == 0 {
                continue;
            }
            let sums = self.gather_together(fold, &together, part).pour(asked);
            for (at, (asked, sums)) in asked.iter().zip(sums).enumerate() {
                let month = match asked.policy.basis.late {
                    Late::Retier => fold.business_period,
                    Late::Current => fold.booking_period,
                };
                if !sums.is_empty() {
                    all.push((first + at, month, sums));
                }
            }
        }
        all
    }

    fn gather_together<'f>(
        &'f self,
        fold: &'f Fold,
        together: &Together<'_, 'a>,
        part: Option<Part>,
    ) -> Pots<'f> {
        let sale = fold.kind == FlowKind::Sale;
        let mut pots = Pots::new(fold, together.asked);
        let buyers = fold.customers.iter().map(|id| self.buyer(id));
        let buyers: Vec<(FlowClass, u64)> = buyers
            .map(|buyer| (buyer.class, buyer.mask(together.word)))
            .collect();
        let mut products: Vec<Place<'_, 'a>> = fold
            .products
            .iter()
            .map(|id| self.shelf.place(id))
            .collect();
        let mut sellers = [Seller::default(); DAYS];
        // A seller has one tier for years.
        let mut classes = (None, [0; FlowClass::ALL.len()]);
        for entry in &fold.entries {
            if !has_value(entry.flags) || entry.flags.has(LineFlags::STOCK_ADJUSTMENT) {
                continue;
            }
            let (Some((class, of_buyer)), Some(place)) = (
                buyers.get(entry.customer as usize),
                products.get_mut(entry.product as usize),
            ) else {
                continue;
            };
            let Some(goods) = place.on(entry.day) else {
                continue;
            };
            let Some(seller) = sellers.get_mut(entry.day.number().unsigned_abs() as usize % DAYS)
            else {
                continue;
            };
            if seller.day != Some(entry.day) {
                let tier = self.prepared.tiers.at(&fold.distributor_id, entry.day);
                if classes.0 != Some(tier) {
                    classes = (Some(tier), together.by_class(tier));
                }
                *seller = Seller::new(entry.day, classes.1, together);
            }
            let mut mask = goods.mask(together.word) & seller.valid;
            if sale {
                let Some(class) = line_class(*class, entry.flags) else {
                    continue;
                };
                mask &= of_buyer & seller.of(class);
            } else if entry.flags.has(LineFlags::TRANSFER) {
                continue;
            }
            if mask != 0 {
                let part = part.unwrap_or(if entry.flags.has(LineFlags::RETURN) {
                    Part::Returned
                } else {
                    Part::Sold
                });
                pots.add(mask, part, entry, goods);
            }
        }
        pots
    }

    /// What a customer is to the policies.
    fn buyer(&self, id: &str) -> Cow<'_, Buyer> {
        match self.customers.get(id) {
            Some(known) => Cow::Borrowed(known.buyer.get_or_init(|| {
                let customer = known.customer;
                self.look_at(&Subject {
                    customer: id,
                    customer_role: &customer.role,
                    province: &customer.province,
                    city: &customer.city,
                    ..Subject::default()
                })
            })),
            None => Cow::Owned(self.look_at(&Subject {
                customer: id,
                ..Subject::default()
            })),
        }
    }

    fn look_at(&self, customer: &Subject<'_>) -> Buyer {
        Buyer {
            class: buyer_class(customer.customer_role),
            masks: masks_of(&self.policies, |asked| {
                asked.policy.scope.admits_customer(customer)
            }),
        }
    }
}

fn asked(policy: &Policy) -> Asked<'_> {
    let mut groups = Vec::new();
    let (mut by_product, mut by_customer) = (false, false);
    for reward in &policy.rewards {
        match &reward.shape {
            Shape::Mix { groups: mixed, .. } => {
                groups.extend(mixed.iter().map(|group| group.id.as_str()));
            }
            Shape::PriceDifference => by_product = true,
            _ => {}
        }
        let gates = reward.gates.iter().map(|gate| gate.on);
        let looked_at = gates.chain(reward.multipliers.iter().map(|it| it.on));
        by_customer |= looked_at
            .into_iter()
            .any(|on| on == GateOn::CoveredTerminals);
    }
    groups.sort_unstable();
    groups.dedup();
    Asked {
        policy,
        point: policy.basis.counting_point.point(),
        groups,
        by_product,
        by_customer,
    }
}

/// One bit for each of at most [`TOGETHER`] policies.
fn mask_of(asked: &[Asked<'_>], admits: impl Fn(&Asked<'_>) -> bool) -> u64 {
    asked
        .iter()
        .zip(0_u32..)
        .fold(0, |mask, (asked, at)| mask | u64::from(admits(asked)) << at)
}

/// The same for any number of policies.
fn masks_of(asked: &[Asked<'_>], admits: impl Fn(&Asked<'_>) -> bool) -> Box<[u64]> {
    let words = asked.chunks(TOGETHER);
    words.map(|asked| mask_of(asked, &admits)).collect()
}

/// Policies that are looked at together.
struct Together<'t, 'a> {
    /// Which of all such lists.
    word: usize,
    asked: &'t [Asked<'a>],
    /// Those of them that are wanted.
    mask: u64,
}

/// The policies that count each class of sales.
type Classes = [u64; FlowClass::ALL.len()];

impl Together<'_, '_> {
    /// The policies that count what a seller of this tier sells, by class.
    fn by_class(&self, tier: &str) -> Classes {
        FlowClass::ALL.map(|class| mask_of(self.asked, |asked| counts(&asked.point, tier, class)))
    }
}

/// A customer: its class and the policies it counts for.
#[derive(Clone)]
struct Buyer {
    class: FlowClass,
    masks: Box<[u64]>,
}

impl Buyer {
    fn mask(&self, word: usize) -> u64 {
        self.masks.get(word).copied().unwrap_or_default()
    }
}

/// The seller on a day: the policies in force, and those its sales of each class count for.
#[derive(Clone, Copy, Default)]
struct Seller {
    day: Option<Day>,
    valid: u64,
    classes: Classes,
}

impl Seller {
    fn new(day: Day, classes: Classes, together: &Together<'_, '_>) -> Self {
        // What a policy grows over happened before it began.
        let year_after = day.plus_months(12);
        let valid = mask_of(together.asked, |asked| {
            let policy = asked.policy;
            let holds = policy.holds();
            let base = policy.looks_back() && year_after.is_some_and(|later| holds.contains(later));
            holds.contains(day) || base
        });
        Seller {
            day: Some(day),
            valid: together.mask & valid,
            classes,
        }
    }

    fn of(&self, class: FlowClass) -> u64 {
        self.classes
            .get(class as usize)
            .copied()
            .unwrap_or_default()
    }
}
