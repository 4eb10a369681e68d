//! Month sums of policies from the folds of the warehouse, on as many threads as there are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

use channelflow_model::appeal::{AppealKind, AppealState};
use channelflow_model::settlement::{Entry, Fold};
use channelflow_model::{FlowKind, LineFlags, Micros, Period};
use channelflow_settle::figures::Part;
use channelflow_settle::gather::{Gatherer, MonthSums, Moved, Stock};
use channelflow_settle::policy::{Late, Shape, Source};
use channelflow_warehouse::{Appeal, AppealFilter, FlowRow, FoldFilter, StoredFold, Warehouse};

use super::inputs::Inputs;
use super::owned::Owned;
use crate::folds::{Beside, in_parallel};

/// With fewer parties than this they alone are asked for.
pub(super) const FEW_PARTIES: usize = 12;

/// What is asked for of one party.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// Months by number of the policy.
    policies: BTreeMap<usize, BTreeSet<Period>>,
    /// All of them.
    pub months: BTreeSet<Period>,
}

impl Wanted {
    /// A policy, for these months too.
    pub fn add(&mut self, number: usize, months: Vec<Period>) {
        self.months.extend(months.iter().copied());
        self.policies.entry(number).or_default().extend(months);
    }

    /// Policies by number.
    pub fn numbers(&self) -> impl Iterator<Item = usize> {
        self.policies.keys().copied()
    }

    /// Policies that look at what happened in the first month and was booked in the second.
    fn looking_at(&self, gatherer: &Gatherer<'_>, business: Period, booking: Period) -> Vec<usize> {
        let looks = self.policies.iter().filter(|(number, months)| {
            let policy = gatherer.policy(**number);
            let month = match policy.map(|policy| policy.basis.late) {
                Some(Late::Current) => booking,
                _ => business,
            };
            months.contains(&month)
        });
        looks.map(|(number, _)| *number).collect()
    }
}

/// Month sums by policy and party, and stock and purchases.
#[derive(Default)]
pub(super) struct Gathered {
    pub sums: BTreeMap<(usize, String), BTreeMap<Period, MonthSums>>,
    pub stock: Stock,
}

impl Gathered {
    fn add(&mut self, party: &str, found: Vec<(usize, Period, MonthSums)>) {
        for (number, month, sums) in found {
            let months = self.sums.entry((number, party.to_owned())).or_default();
            months.entry(month).or_default().merge(&sums);
        }
    }
}

/// Entries that count elsewhere than their fold says, in these business months: the rows of
/// approved appeals, and lines with an open alert.
pub(super) async fn moved(
    warehouse: &Warehouse,
    months: (Period, Period),
) -> anyhow::Result<Vec<Moved>> {
    let filter = FoldFilter {
        kind: FlowKind::Sale,
        business: Some(months),
        booking: None,
        distributors: None,
    };
    let rows = warehouse.appeal_rows(filter).await?;
    let mut moved: Vec<Moved> = rows
        .into_iter()
        .map(|row| Moved {
            distributor_id: row.distributor_id,
            business_period: row.business_period,
            booking_period: row.booking_period,
            customer_id: row.customer_id,
            product_id: row.product_id,
            entry: Entry {
                customer: 0,
                product: 0,
                day: row.day,
                flags: row.flags,
                lines: row.sign,
                quantity: row.quantity,
                amount: row.amount,
            },
            part: row.excluded.then_some(Part::Excluded),
        })
        .collect();
    let open = AppealFilter {
        state: Some(AppealState::Open),
        ..AppealFilter::default()
    };
    for appeal in warehouse.appeals(&open).await? {
        let inside = months.0 <= appeal.business_period && appeal.business_period <= months.1;
        let alert = appeal.kind == AppealKind::Alert && appeal.flow_kind == FlowKind::Sale;
        if alert && inside && appeal.line_counts {
            let line = warehouse.line(appeal.line_id).await?.line;
            moved.extend(alerted(&appeal, &line));
        }
    }
    Ok(moved)
}

/// A line with an open alert, or the part of it the alert is about: off what was sold, on what is
/// alerted.
pub(super) fn alerted(appeal: &Appeal, line: &FlowRow) -> [Moved; 2] {
    let whole = line.base_quantity.unwrap_or(Micros::ZERO).0;
    let amount = line.amount.unwrap_or(Micros::ZERO);
    let amount = amount
        .checked_ratio(appeal.quantity.0, whole)
        .unwrap_or(amount);
    let mut flags = LineFlags(line.flags.0 & LineFlags::IDENTITY.0);
    if line.amount.is_none() {
        flags = LineFlags(flags.0 | LineFlags::NO_AMOUNT.0);
    }
    [(-1, None), (1, Some(Part::Alerted))].map(|(sign, part)| Moved {
        distributor_id: appeal.distributor_id.clone(),
        business_period: appeal.business_period,
        booking_period: appeal.booking_period,
        customer_id: appeal.customer_id.clone(),
        product_id: appeal.product_id.clone(),
        entry: Entry {
            customer: 0,
            product: 0,
            day: appeal.day,
            flags,
            lines: sign,
            quantity: Micros(appeal.quantity.0.saturating_mul(i64::from(sign))),
            amount: Micros(amount.0.saturating_mul(i64::from(sign))),
        },
        part,
    })
}

/// Gathers what is asked for.
pub(super) async fn gather(
    warehouse: &Warehouse,
    inputs: &Inputs,
    gatherer: &Gatherer<'_>,
    wanted: &BTreeMap<String, Wanted>,
    (owned, beside): (&Owned, Option<&Beside<'_>>),
) -> anyhow::Result<Gathered> {
    let mut sums = Gathered::default();
    // Whoever looks at every sale is no help when only a few parties are asked for.
    let beside = beside.filter(|_| wanted.len() >= FEW_PARTIES);
    for kind in kinds(gatherer, wanted) {
        let beside = beside.filter(|_| kind == FlowKind::Sale);
        let beside = beside.filter(|it| !it.shown.swap(true, Ordering::Relaxed));
        for made in of_kind(warehouse, inputs, gatherer, wanted, (kind, beside))? {
            for (party, number, month, of_month) in made.sums {
                sums.add(&party, vec![(number, month, of_month)]);
            }
            for fold in &made.stock {
                sums.stock.add(fold);
            }
        }
    }
    for (party, asked) in wanted {
        let numbers: Vec<usize> = asked.numbers().collect();
        let of_party = inputs.parties.get(party);
        for moved in of_party.into_iter().flat_map(|it| &it.moved) {
            let (business, booking) = (moved.business_period, moved.booking_period);
            if booking <= inputs.period {
                let numbers = asked.looking_at(gatherer, business, booking);
                sums.add(party, gatherer.of_moved(moved, &numbers));
            }
        }
        let shipped: Vec<_> = owned.shipments(party).iter().collect();
        let found = gatherer.of_shipments(&shipped, inputs.rule, &numbers);
        sums.add(party, found);
    }
    Ok(sums)
}

/// Kinds of lines that the policies asked for look at.
fn kinds(gatherer: &Gatherer<'_>, wanted: &BTreeMap<String, Wanted>) -> Vec<FlowKind> {
    let numbers: BTreeSet<usize> = wanted.values().flat_map(Wanted::numbers).collect();
    let mut kinds = BTreeSet::new();
    for policy in numbers
        .into_iter()
        .filter_map(|number| gatherer.policy(number))
    {
        match policy.basis.source {
            Source::Sale => kinds.insert(FlowKind::Sale),
            Source::Purchase => kinds.insert(FlowKind::Purchase),
            Source::Shipment | Source::Paid => false,
        };
        for reward in &policy.rewards {
            match reward.shape {
                Shape::PriceProtection { .. } => {
                    kinds.extend([FlowKind::Purchase, FlowKind::Inventory]);
                }
                Shape::PriceDifference => kinds.extend([FlowKind::Purchase]),
                _ => {}
            }
        }
    }
    kinds.into_iter().collect()
}

/// What the folds of one kind come to.
#[derive(Default)]
struct OfKind {
    sums: Vec<(String, usize, Period, MonthSums)>,
    stock: Vec<Fold>,
}

fn of_kind(
    warehouse: &Warehouse,
    inputs: &Inputs,
    gatherer: &Gatherer<'_>,
    wanted: &BTreeMap<String, Wanted>,
    (kind, beside): (FlowKind, Option<&Beside<'_>>),
) -> anyhow::Result<Vec<OfKind>> {
    let months = || {
        wanted
            .values()
            .flat_map(|asked| asked.months.iter().copied())
    };
    let (Some(first), Some(last)) = (months().min(), months().max()) else {
        return Ok(Vec::new());
    };
    // What came late and counts when it is booked happened before.
    let late = wanted.values().flat_map(Wanted::numbers).any(|number| {
        let policy = gatherer.policy(number);
        policy.is_some_and(|policy| policy.basis.late == Late::Current)
    });
    let parties: Vec<&str> = wanted.keys().map(String::as_str).collect();
    let few = (parties.len() < FEW_PARTIES).then_some(parties.as_slice());
    let filter = FoldFilter {
        kind,
        business: match beside {
            Some(_) => None,
            None => Some((if late { Period::FIRST } else { first }, last)),
        },
        booking: Some((Period::FIRST, inputs.period)),
        distributors: few,
    };
    let keep = |fold: &StoredFold| {
        let (business, booking) = fold.periods();
        let looks = |asked: &Wanted| {
            let looked_at = asked.looking_at(gatherer, business, booking);
            !looked_at.is_empty() || kind != FlowKind::Sale && asked.months.contains(&business)
        };
        beside.is_some_and(|beside| beside.wants(booking))
            || wanted.get(fold.distributor_id()).is_some_and(looks)
    };
    let start = || Ok(OfKind::default());
    in_parallel(warehouse, filter, keep, start, |made, fold| {
        if let Some(beside) = beside.filter(|it| it.wants(fold.booking_period)) {
            (beside.add)(&fold)?;
        }
        if let Some(asked) = wanted.get(&fold.distributor_id) {
            let numbers = asked.looking_at(gatherer, fold.business_period, fold.booking_period);
            for (number, month, sums) in gatherer.of_fold(&fold, &numbers) {
                made.sums
                    .push((fold.distributor_id.clone(), number, month, sums));
            }
        }
        if fold.kind != FlowKind::Sale {
            made.stock.push(fold);
        }
        Ok(())
    })
}
