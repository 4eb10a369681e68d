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
mod sums;

pub use figures::{Elsewhere, Stock, Told};
pub use sums::{MonthSums, ProductSums, RawSums};

use channelflow_model::master::{Customer, MasterData};
use channelflow_model::settlement::{
    CountingPoint, Entry, FlowClass, Fold, GroupMember, Shipment, Span,
};
use channelflow_model::{Day, FlowKind, LineFlags, Micros, Period, PeriodRule};
use rustc_hash::FxHashMap;

use crate::classify::{buyer_class, counts, has_value, line_class};
use crate::figures::Part;
use crate::policy::{GateOn, Late, Policy, Shape, Source, Subject};
use crate::reference::Prepared;
use crate::timeline::{NEVER, Step, until};

/// Policies looked at together: one bit each.
const TOGETHER: usize = 64;

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
    customers: FxHashMap<&'a str, &'a Customer>,
    memberships: FxHashMap<&'a str, Vec<&'a GroupMember>>,
}

impl<'a> Gatherer<'a> {
    /// For these policies; their place in the list is their number.
    pub fn new(policies: &'a [Policy], prepared: &'a Prepared<'a>) -> Self {
        let reference = &prepared.reference;
        let mut memberships: FxHashMap<&str, Vec<&GroupMember>> = FxHashMap::default();
        for member in reference.groups {
            memberships
                .entry(member.product_id.as_str())
                .or_default()
                .push(member);
        }
        let customers = reference.master.customers.iter();
        Gatherer {
            policies: policies.iter().map(asked).collect(),
            prepared,
            master: reference.master,
            customers: customers.map(|it| (it.id.as_str(), it)).collect(),
            memberships,
        }
    }

    /// The policies.
    pub fn policy(&self, number: usize) -> Option<&'a Policy> {
        self.policies.get(number).map(|asked| asked.policy)
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
        let wanted: Vec<(usize, &Asked<'_>)> = wanted
            .iter()
            .filter_map(|number| Some((*number, self.policies.get(*number)?)))
            .filter(|(_, asked)| asked.policy.basis.source == source)
            .collect();
        let mut all = Vec::new();
        for asked in wanted.chunks(TOGETHER) {
            let sums = self.gather_together(fold, asked, part);
            for ((number, asked), sums) in asked.iter().zip(sums) {
                let month = match asked.policy.basis.late {
                    Late::Retier => fold.business_period,
                    Late::Current => fold.booking_period,
                };
                if !sums.is_empty() {
                    all.push((*number, month, sums));
                }
            }
        }
        all
    }

    fn gather_together(
        &self,
        fold: &Fold,
        asked: &[(usize, &Asked<'_>)],
        part: Option<Part>,
    ) -> Vec<MonthSums> {
        let mut sums: Vec<MonthSums> = vec![MonthSums::default(); asked.len()];
        let sale = fold.kind == FlowKind::Sale;
        let customers: Vec<Buyer> = fold
            .customers
            .iter()
            .map(|id| self.buyer(id, asked))
            .collect();
        let mut products: Vec<Option<Goods<'_>>> = vec![None; fold.products.len()];
        let mut seller = Seller::default();
        for entry in &fold.entries {
            let Some(buyer) = customers.get(entry.customer as usize) else {
                continue;
            };
            let (Some(id), Some(slot)) = (
                fold.products.get(entry.product as usize),
                products.get_mut(entry.product as usize),
            ) else {
                continue;
            };
            if !has_value(entry.flags) || entry.flags.has(LineFlags::STOCK_ADJUSTMENT) {
                continue;
            }
            if slot
                .as_ref()
                .is_none_or(|goods| !goods.known.covers(entry.day))
            {
                *slot = Some(self.goods(id, entry.day, asked));
            }
            let Some(goods) = slot.as_ref() else { continue };
            let mut mask = goods.mask;
            if sale {
                let Some(class) = line_class(buyer.class, entry.flags) else {
                    continue;
                };
                if seller.day != Some(entry.day) {
                    let tier = self.prepared.tiers.at(&fold.distributor_id, entry.day);
                    seller = Seller::new(entry.day, tier, asked);
                }
                mask &= buyer.mask & seller.of(class);
            } else if entry.flags.has(LineFlags::TRANSFER) {
                continue;
            }
            while mask != 0 {
                let at = mask.trailing_zeros() as usize;
                mask &= mask - 1;
                let (Some((_, asked)), Some(sums)) = (asked.get(at), sums.get_mut(at)) else {
                    continue;
                };
                if asked.policy.valid.contains(entry.day) {
                    let customer = fold.customers.get(entry.customer as usize);
                    let customer = customer.map_or("", String::as_str);
                    add(sums, asked, entry, part, customer, id, goods);
                }
            }
        }
        sums
    }

    fn buyer(&self, id: &str, asked: &[(usize, &Asked<'_>)]) -> Buyer {
        let known = self.customers.get(id);
        let subject = Subject {
            customer: id,
            customer_role: known.map_or("", |it| &it.role),
            province: known.map_or("", |it| &it.province),
            city: known.map_or("", |it| &it.city),
            ..Subject::default()
        };
        Buyer {
            class: buyer_class(subject.customer_role),
            mask: mask_of(asked, |asked| asked.policy.scope.admits_customer(&subject)),
        }
    }

    /// A product on a day, with the days around it for which nothing is different.
    fn goods(&self, id: &str, day: Day, asked: &[(usize, &Asked<'_>)]) -> Goods<'a> {
        let memberships = self.memberships.get(id).map_or(&[][..], Vec::as_slice);
        let groups: Vec<&'a str> = memberships
            .iter()
            .filter(|member| member.span.contains(day))
            .map(|member| member.group_id.as_str())
            .collect();
        let line = self.prepared.prices.line(id);
        let price = line.map_or(Step::NOTHING, |line| line.at(day));
        let mut known = Step {
            from: price.from,
            until: price.until,
            value: (),
        };
        for member in memberships {
            known.clip(&around(member.span, day));
        }
        let mask = mask_of(asked, |asked| {
            asked.policy.scope.admits_product(&Subject {
                product: id,
                product_groups: &groups,
                ..Subject::default()
            })
        });
        Goods {
            known,
            groups,
            price: price.value,
            mask,
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

fn mask_of(asked: &[(usize, &Asked<'_>)], admits: impl Fn(&Asked<'_>) -> bool) -> u64 {
    asked.iter().zip(0_u32..).fold(0, |mask, ((_, asked), at)| {
        mask | u64::from(admits(asked)) << at
    })
}

/// A customer: its class and the policies it counts for.
struct Buyer {
    class: FlowClass,
    mask: u64,
}

/// A product: its groups, its price and the policies it counts for.
#[derive(Clone)]
struct Goods<'a> {
    /// The days it holds for.
    known: Step<()>,
    groups: Vec<&'a str>,
    price: Option<Micros>,
    mask: u64,
}

/// The days around a day on which it lies inside the span, or outside, without interruption.
fn around(span: Span, day: Day) -> Step<()> {
    let (from, until) = (span.from.number(), until(span));
    let (from, until) = if day.number() < from {
        (i32::MIN, from)
    } else if day.number() < until {
        (from, until)
    } else {
        (until, NEVER)
    };
    Step {
        from,
        until,
        value: (),
    }
}

/// The seller on a day: the policies its sales of each class count for.
#[derive(Default)]
struct Seller {
    day: Option<Day>,
    masks: [(Option<FlowClass>, u64); 4],
}

impl Seller {
    fn new(day: Day, tier: &str, asked: &[(usize, &Asked<'_>)]) -> Self {
        Seller {
            day: Some(day),
            masks: FlowClass::ALL.map(|class| {
                let mask = mask_of(asked, |asked| counts(&asked.point, tier, class));
                (Some(class), mask)
            }),
        }
    }

    fn of(&self, class: FlowClass) -> u64 {
        let known = self.masks.iter().find(|(known, _)| *known == Some(class));
        known.map_or(0, |(_, mask)| *mask)
    }
}

/// Adds an entry to a policy.
fn add(
    sums: &mut MonthSums,
    asked: &Asked<'_>,
    entry: &Entry,
    part: Option<Part>,
    customer: &str,
    product: &str,
    goods: &Goods<'_>,
) {
    let part = part.unwrap_or(if entry.flags.has(LineFlags::RETURN) {
        Part::Returned
    } else {
        Part::Sold
    });
    let raw = RawSums::of(entry, goods.price);
    sums.add(part, &raw);
    for group in &asked.groups {
        if goods.groups.contains(group) {
            sums.group(group).add(part, &raw);
        }
    }
    if asked.by_product {
        sums.product(product).add(part, &raw);
    }
    if asked.by_customer && matches!(part, Part::Sold | Part::Returned) {
        sums.customer(customer, raw.quantity);
    }
}
