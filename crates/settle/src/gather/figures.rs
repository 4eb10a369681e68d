//! The figures of one policy, party and span, from month sums and from what stands elsewhere:
//! targets, payments, stock, reports, and what was told before.

use std::collections::BTreeMap;

use channelflow_model::settlement::{Fold, Measure, Payment, Shipment, Target};
use channelflow_model::{Day, DayRange, FlowKind, Period, PeriodRule};
use rust_decimal::Decimal;

use super::{Gatherer, MonthSums, ProductSums};
use crate::classify::counting_point;
use crate::figures::{Basis, Figures, GroupFigures, PriceCut, PriceGap, SubPeriod, Sums, decimal};
use crate::policy::{Policy, Shape, Source, Subject};

/// Days goods are on the way to a distributor (domain rule 8, shipment against purchase): what
/// left longer ago and did not arrive is missing, not in transit.
pub const TRANSIT_DAYS: i64 = 7;

/// What a party was told about a policy before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// Yuan stated for the span already.
    pub already_paid: Decimal,
    /// Yuan the floor kept back in the span before.
    pub carried_forward: Decimal,
    /// Yuan stated for single months of the span.
    pub months: BTreeMap<Period, Decimal>,
}

/// What settlement knows besides folds and reference data.
#[derive(Debug, Clone, Copy)]
pub struct Elsewhere<'e> {
    /// Which days belong to an accounting month.
    pub rule: PeriodRule,
    /// Shipments; `None`: none was ever imported.
    pub shipments: Option<&'e [Shipment]>,
    /// Payments; `None`: none was ever imported.
    pub payments: Option<&'e [Payment]>,
    /// What distributors reported as stock and purchases.
    pub stock: &'e Stock,
    /// First month each distributor has lines of a kind in.
    pub known_since: &'e BTreeMap<(String, FlowKind), Period>,
    /// Expected and received (distributor, kind, month), and received in time, of the span.
    pub reports: &'e BTreeMap<String, (u64, u64, u64)>,
}

/// Stock and purchases by distributor.
#[derive(Debug, Clone, Default)]
pub struct Stock {
    reported: BTreeMap<(String, Day), BTreeMap<String, i128>>,
    bought: BTreeMap<(String, String), BTreeMap<Day, (i128, i128)>>,
}

impl Stock {
    /// Adds an inventory or purchase fold.
    pub fn add(&mut self, fold: &Fold) {
        for entry in &fold.entries {
            let Some(product) = fold.products.get(entry.product as usize) else {
                continue;
            };
            let quantity = i128::from(entry.quantity.0);
            let distributor = fold.distributor_id.clone();
            match fold.kind {
                FlowKind::Inventory => {
                    let of_day = self.reported.entry((distributor, entry.day)).or_default();
                    *of_day.entry(product.clone()).or_default() += quantity;
                }
                FlowKind::Purchase => {
                    let by_day = self.bought.entry((distributor, product.clone()));
                    let sums = by_day.or_default().entry(entry.day).or_default();
                    sums.0 += quantity;
                    sums.1 += i128::from(entry.amount.0);
                }
                FlowKind::Sale => {}
            }
        }
    }

    /// Base units in stock at the end of a day; `None` when nothing was reported for it. A report
    /// that does not name a product says that there is none.
    fn at(&self, distributor: &str, product: &str, day: Day) -> Option<Decimal> {
        let of_day = self.reported.get(&(distributor.to_owned(), day))?;
        exact(of_day.get(product).copied().unwrap_or(0))
    }

    /// Base units and yuan bought from one day to another, both included.
    fn bought(&self, distributor: &str, product: &str, days: DayRange) -> (i128, i128) {
        let key = (distributor.to_owned(), product.to_owned());
        let by_day = self.bought.get(&key);
        let within = by_day.map(|by_day| by_day.range(days.first..=days.last));
        within
            .into_iter()
            .flatten()
            .fold((0, 0), |sum, (_, it)| (sum.0 + it.0, sum.1 + it.1))
    }
}

fn exact(micros: i128) -> Option<Decimal> {
    let number = Decimal::try_from_i128_with_scale(micros, 6);
    number.ok().map(|number| number.normalize())
}

impl Gatherer<'_> {
    /// The figures of a policy (its number) for a party and a span of months. `interim`: the span
    /// is not over. `months` is what was gathered for this policy and party.
    pub fn figures(
        &self,
        number: usize,
        party: &str,
        (span, interim): (&[Period], bool),
        months: &BTreeMap<Period, MonthSums>,
        elsewhere: &Elsewhere<'_>,
        told: &Told,
    ) -> Figures {
        let Some(policy) = self.policy(number) else {
            return Figures::default();
        };
        let days = days_of(span, elsewhere.rule);
        // Entries of folds are cut by day; what stands elsewhere is cut here.
        let valid = days.and_then(|days| {
            let last = policy.valid.to.map_or(days.last, |to| to.min(days.last));
            DayRange::new(days.first.max(policy.valid.from), last)
        });
        let mut sums = MonthSums::default();
        for month in span.iter().filter_map(|month| months.get(month)) {
            sums.merge(month);
        }
        let targets = Targets::new(policy, self.targets_of(party));
        let rates = elsewhere.reports.get(party);
        let share = |part: u64, whole: u64| Decimal::from(part).checked_div(Decimal::from(whole));
        Figures {
            party: party.to_owned(),
            span: days,
            interim,
            basis: match policy.basis.source {
                Source::Paid => paid_basis(party, valid, elsewhere),
                _ => sums.all().basis(),
            },
            groups: groups(policy, &sums),
            last_year: last_year(policy, party, span, months, elsewhere),
            target: targets.of(span),
            sub_periods: Some(sub_periods(policy, span, months, &targets, told)),
            payments: elsewhere.payments.map(|all| {
                let of_party = all.iter().filter(|it| it.distributor_id == party);
                let in_span = of_party.filter(|it| valid.is_some_and(|days| days.contains(it.day)));
                in_span.cloned().collect()
            }),
            price_cuts: self.price_cuts(policy, party, valid, elsewhere),
            price_gaps: price_gaps(policy, party, valid, &sums, elsewhere),
            covered_terminals: Some(Decimal::from(sums.covered())),
            upload_rate: rates.and_then(|(expected, received, _)| share(*received, *expected)),
            timeliness_rate: rates.and_then(|(expected, _, in_time)| share(*in_time, *expected)),
            carried_forward: told.carried_forward,
            already_paid: told.already_paid,
            prior: Vec::new(),
        }
    }

    /// Products of the policy whose price fell in the span, with what the party had then.
    fn price_cuts(
        &self,
        policy: &Policy,
        party: &str,
        days: Option<DayRange>,
        elsewhere: &Elsewhere<'_>,
    ) -> Option<Vec<PriceCut>> {
        let within = policy
            .rewards
            .iter()
            .find_map(|reward| match reward.shape {
                Shape::PriceProtection { within_days } => Some(within_days),
                _ => None,
            })?;
        let days = days?;
        let mut cuts = Vec::new();
        for product in &self.prepared().reference.master.products {
            let groups = self.prepared().reference.groups.iter();
            for day in days.days() {
                let groups: Vec<&str> = groups
                    .clone()
                    .filter(|member| member.product_id == product.id && member.span.contains(day))
                    .map(|member| member.group_id.as_str())
                    .collect();
                let subject = Subject {
                    product: &product.id,
                    product_groups: &groups,
                    ..Subject::default()
                };
                let before = day.plus_days(-1)?;
                let prices = &self.prepared().prices;
                let old = prices.at(&product.id, before);
                let new = prices.at(&product.id, day);
                let (Some(old), Some(new)) = (old, new) else {
                    continue;
                };
                if new >= old || !policy.scope.admits_product(&subject) {
                    continue;
                }
                let reports = (party.to_owned(), FlowKind::Purchase);
                let bought_known = elsewhere.known_since.contains_key(&reports);
                let recent = within.filter(|_| bought_known).and_then(|within| {
                    let first = before.plus_days(1 - i64::from(within))?;
                    let range = DayRange::new(first, before)?;
                    exact(elsewhere.stock.bought(party, &product.id, range).0)
                });
                cuts.push(PriceCut {
                    product: product.id.clone(),
                    old_price: Some(decimal(old)),
                    new_price: Some(decimal(new)),
                    stock: elsewhere.stock.at(party, &product.id, before),
                    transit: transit(party, &product.id, before, elsewhere),
                    bought_recently: recent,
                });
            }
        }
        Some(cuts)
    }
}

/// The same months of the year before; unknown when the warehouse does not reach back to them, and
/// for a policy that does not look at them.
fn last_year(
    policy: &Policy,
    party: &str,
    span: &[Period],
    months: &BTreeMap<Period, MonthSums>,
    elsewhere: &Elsewhere<'_>,
) -> Option<Sums> {
    let begun = days_of(span, elsewhere.rule)?.first;
    if !policy.looks_back() || begun < policy.valid.from {
        // A first span that is cut short has no year before to compare with.
        return None;
    }
    let before: Vec<Period> = span
        .iter()
        .map(|month| year_before(*month))
        .collect::<Option<_>>()?;
    let kind = match policy.basis.source {
        Source::Sale => FlowKind::Sale,
        Source::Purchase => FlowKind::Purchase,
        Source::Shipment | Source::Paid => return None,
    };
    let since = elsewhere.known_since.get(&(party.to_owned(), kind))?;
    if before.first().is_none_or(|first| first < since) {
        return None;
    }
    let mut sums = MonthSums::default();
    for month in before.iter().filter_map(|month| months.get(month)) {
        sums.merge(month);
    }
    Some(sums.all().net().sums())
}

/// Days of the months, which follow one another.
fn days_of(span: &[Period], rule: PeriodRule) -> Option<DayRange> {
    let first = rule.days_of(*span.first()?)?.first;
    let last = rule.days_of(*span.last()?)?.last;
    DayRange::new(first, last)
}

/// The same month a year before.
pub(super) fn year_before(month: Period) -> Option<Period> {
    Period::from_number(month.number() - 100)
}

/// Money paid in the span, as a basis of its own.
fn paid_basis(party: &str, days: Option<DayRange>, elsewhere: &Elsewhere<'_>) -> Basis {
    let amount = elsewhere.payments.and_then(|payments| {
        let mut sum = Decimal::ZERO;
        for payment in payments {
            if payment.distributor_id == party
                && days.is_some_and(|days| days.contains(payment.day))
            {
                sum = sum.checked_add(decimal(payment.amount))?;
            }
        }
        Some(sum)
    });
    Basis {
        sold: Sums {
            amount,
            ..Sums::default()
        },
        ..Basis::default()
    }
}

fn groups(policy: &Policy, sums: &MonthSums) -> Vec<GroupFigures> {
    let mut groups = Vec::new();
    for reward in &policy.rewards {
        let Shape::Mix { groups: mixed, .. } = &reward.shape else {
            continue;
        };
        for group in mixed {
            let known = sums.groups().get(&group.id);
            groups.push(GroupFigures {
                id: group.id.clone(),
                basis: known.map_or(Basis::NOTHING, ProductSums::basis),
            });
        }
    }
    groups.sort_by(|a, b| a.id.cmp(&b.id));
    groups.dedup_by(|a, b| a.id == b.id);
    groups
}

fn sub_periods(
    policy: &Policy,
    span: &[Period],
    months: &BTreeMap<Period, MonthSums>,
    targets: &Targets<'_>,
    told: &Told,
) -> Vec<SubPeriod> {
    let money = policy.money();
    span.iter()
        .map(|month| {
            let net = months.get(month).map(|sums| sums.all().net().sums());
            SubPeriod {
                name: month.to_string(),
                actual: net.unwrap_or(Sums::NOTHING).of(money),
                target: targets.of(&[*month]).and_then(|target| target.of(money)),
                paid: Some(told.months.get(month).copied().unwrap_or_default()),
            }
        })
        .collect()
}

/// Price bought at: what we shipped the product for in the span, or else what the party reported
/// to have bought it for.
fn price_gaps(
    policy: &Policy,
    party: &str,
    days: Option<DayRange>,
    sums: &MonthSums,
    elsewhere: &Elsewhere<'_>,
) -> Option<Vec<PriceGap>> {
    let wanted = |shape: &Shape| matches!(shape, Shape::PriceDifference);
    policy.rewards.iter().find(|reward| wanted(&reward.shape))?;
    let days = days?;
    let gap = |(product, sums): (&String, &ProductSums)| {
        let net = sums.net().sums();
        let shipped = elsewhere.shipments.unwrap_or_default().iter().filter(|it| {
            it.distributor_id == party && it.product_id == *product && days.contains(it.day)
        });
        let mut bought = shipped.fold((0, 0), |sum, it| {
            (
                sum.0 + i128::from(it.quantity.0),
                sum.1 + i128::from(it.amount.0),
            )
        });
        if bought.0 <= 0 {
            bought = elsewhere.stock.bought(party, product, days);
        }
        let price =
            (bought.0 > 0 && bought.1 > 0).then(|| exact(bought.1)?.checked_div(exact(bought.0)?));
        PriceGap {
            product: product.clone(),
            bought_price: price.flatten(),
            quantity: net.quantity,
            amount: net.amount,
            excluded_quantity: sums.left_out().sums().quantity,
        }
    };
    Some(sums.products().iter().map(gap).collect())
}

/// Base units on the way at the end of a day: shipped lately and not yet reported as bought.
fn transit(party: &str, product: &str, day: Day, elsewhere: &Elsewhere<'_>) -> Option<Decimal> {
    // What was received is only known of a party that reports purchases.
    let reports = (party.to_owned(), FlowKind::Purchase);
    elsewhere.known_since.get(&reports)?;
    let lately = DayRange::new(day.plus_days(1 - TRANSIT_DAYS)?, day)?;
    let shipped: i128 = elsewhere
        .shipments?
        .iter()
        .filter(|it| {
            it.distributor_id == party && it.product_id == product && lately.contains(it.day)
        })
        .map(|it| i128::from(it.quantity.0))
        .sum();
    let received = elsewhere.stock.bought(party, product, lately).0;
    exact((shipped - received).max(0))
}

/// Targets of one party in what a policy counts: those of its product groups, or the one of all
/// products when it names none.
struct Targets<'t> {
    of_party: Vec<&'t Target>,
}

impl<'t> Targets<'t> {
    fn new(policy: &Policy, all: &[&'t Target]) -> Self {
        let named = policy.target.as_ref();
        let point = named.and_then(|named| named.counting_point.as_deref());
        let groups: Vec<&str> = match named {
            Some(named) => vec![named.product_group.as_str()],
            None if policy.scope.product_groups.only.is_empty() => vec![""],
            None => {
                let only = policy.scope.product_groups.only.iter();
                only.map(String::as_str).collect()
            }
        };
        // Only sales have a counting point; without a name it is that of the policy.
        let own = policy.basis.counting_point.point();
        let counted_alike = |target: &Target| match point {
            Some(point) => target.counting_point == point,
            None if policy.basis.source != Source::Sale => true,
            None => counting_point(&target.counting_point).is_ok_and(|point| point == own),
        };
        let of_party = all.iter().filter(|target| {
            groups.contains(&target.product_group.as_str()) && counted_alike(target)
        });
        Targets {
            of_party: of_party.copied().collect(),
        }
    }

    /// The sums of the months' targets, of each measure that every month has one in.
    fn of(&self, months: &[Period]) -> Option<Sums> {
        let of = |measure: Measure| -> Option<Decimal> {
            let mut sum = 0_i128;
            for month in months {
                let mut found = self
                    .of_party
                    .iter()
                    .filter(|it| it.period == *month && it.measure == measure)
                    .peekable();
                found.peek()?;
                sum += found.map(|it| i128::from(it.value.0)).sum::<i128>();
            }
            exact(sum)
        };
        let sums = Sums {
            quantity: of(Measure::Quantity),
            amount: of(Measure::Amount),
            assessed: of(Measure::Assessed),
        };
        (sums != Sums::default()).then_some(sums)
    }
}
