//! The figures of one policy, party and span, from month sums and from what stands elsewhere:
//! targets, payments, stock, reports, and what was told before.

use std::collections::{BTreeMap, BTreeSet};

use channelflow_model::settlement::{Payment, Shipment, Span};
use channelflow_model::{Day, DayRange, FlowKind, Period, PeriodRule};
use rust_decimal::Decimal;

use super::stock::{Bought, Stock};
use super::sums::{exact, with_tax};
use super::targets::Targets;
use super::{Gatherer, MonthSums, ProductSums};
use crate::figures::{Basis, Figures, GroupFigures, PriceCut, PriceGap, SubPeriod, Sums, decimal};
use crate::policy::{Policy, Reward, Shape, Source, Subject};

/// Days goods are on the way to a distributor (domain rule 8, shipment against purchase): what
/// left longer ago and did not arrive is missing, not in transit.
pub const TRANSIT_DAYS: i64 = 7;

/// What a party was told about a policy before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// Yuan stated for the span already, without what rewards that pay parts take off themselves.
    pub already_paid: Decimal,
    /// Yuan the floor kept back in the span before.
    pub carried_forward: Decimal,
    /// Yuan stated for single months of the span.
    pub months: BTreeMap<Period, Decimal>,
    /// Yuan stated for the span by reward.
    pub rewards: BTreeMap<String, Decimal>,
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
    /// Months the party reported, by kind; `None`: what was not reported counts as nothing, as in a
    /// span that still runs.
    pub reported: Option<&'e BTreeSet<(Period, FlowKind)>>,
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
            let holds = policy.holds();
            let last = holds.to.map_or(days.last, |to| to.min(days.last));
            DayRange::new(days.first.max(holds.from), last)
        });
        let mut sums = MonthSums::default();
        for month in span.iter().filter_map(|month| months.get(month)) {
            sums.merge(month);
        }
        let targets = Targets::new(policy, self.targets_of(party), elsewhere.rule);
        let bases = Targets::new(policy, self.bases_of(party), elsewhere.rule);
        let not_reported = not_reported(policy, span, elsewhere);
        let known = not_reported.is_empty();
        let base = last_year(policy, party, span, months, elsewhere);
        let rates = elsewhere.reports.get(party);
        let share = |part: u64, whole: u64| Decimal::from(part).checked_div(Decimal::from(whole));
        Figures {
            party: party.to_owned(),
            span: days,
            interim,
            basis: match policy.basis.source {
                Source::Paid => paid_basis(party, valid, elsewhere),
                _ => known_if(known, sums.all().basis(policy.tax_rate())),
            },
            groups: groups(policy, &sums, known),
            last_year: base.as_ref().ok().copied().flatten(),
            approved_base: policy.looks_back().then(|| bases.of(span)).flatten(),
            target: targets.of(span),
            partial: valid.filter(|valid| Some(*valid) != days),
            sub_periods: Some(sub_periods(
                policy,
                span,
                months,
                &targets,
                told,
                &not_reported,
            )),
            payments: elsewhere.payments.map(|all| {
                let of_party = all.iter().filter(|it| it.distributor_id == party);
                let in_span = of_party.filter(|it| valid.is_some_and(|days| days.contains(it.day)));
                in_span.cloned().collect()
            }),
            price_cuts: self.price_cuts(policy, party, valid, elsewhere),
            price_gaps: price_gaps(policy, party, valid, &sums, elsewhere).filter(|_| known),
            covered_terminals: known.then(|| Decimal::from(sums.covered())),
            upload_rate: rates.and_then(|(expected, received, _)| share(*received, *expected)),
            timeliness_rate: rates.and_then(|(expected, _, in_time)| share(*in_time, *expected)),
            carried_forward: told.carried_forward,
            already_paid: told.already_paid,
            rewards_paid: policy
                .rewards
                .iter()
                .any(Reward::pays_parts)
                .then(|| told.rewards.clone()),
            prior: Vec::new(),
            without_tax: sums.all().without_tax(),
            not_reported: names(&not_reported),
            base_not_reported: base.err().as_deref().map(names).unwrap_or_default(),
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
                    exact(elsewhere.stock.bought(party, &product.id, range).quantity)
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

/// Months of the policy's days that the party has not reported yet: what it sold in them is not
/// known, which is not nothing.
fn not_reported(policy: &Policy, months: &[Period], elsewhere: &Elsewhere<'_>) -> Vec<Period> {
    let (Some(reported), Some(kind)) = (elsewhere.reported, policy.basis.source.reported_as())
    else {
        return Vec::new();
    };
    let counts = |month: &Period| {
        let days = elsewhere.rule.days_of(*month);
        days.is_some_and(|days| {
            policy.holds().overlaps(Span {
                from: days.first,
                to: Some(days.last),
            })
        })
    };
    let missing = months
        .iter()
        .filter(|month| counts(month) && !reported.contains(&(**month, kind)));
    missing.copied().collect()
}

fn names(months: &[Period]) -> Vec<String> {
    months.iter().map(Period::to_string).collect()
}

/// A basis, of which nothing is known unless every month of it was reported.
fn known_if(known: bool, basis: Basis) -> Basis {
    if known {
        return basis;
    }
    Basis {
        sold: Sums::default(),
        returned: None,
        ..basis
    }
}

/// The same months of the year before; unknown when the warehouse does not reach back to them, and
/// for a policy that does not look at them. The error: months of them that were not reported.
fn last_year(
    policy: &Policy,
    party: &str,
    span: &[Period],
    months: &BTreeMap<Period, MonthSums>,
    elsewhere: &Elsewhere<'_>,
) -> Result<Option<Sums>, Vec<Period>> {
    let begun = days_of(span, elsewhere.rule).map(|days| days.first);
    if !policy.looks_back() || begun.is_none_or(|begun| begun < policy.valid.from) {
        // A first span that is cut short has no year before to compare with.
        return Ok(None);
    }
    let before: Option<Vec<Period>> = span.iter().map(|month| year_before(*month)).collect();
    let (Some(before), Some(kind)) = (before, policy.basis.source.reported_as()) else {
        return Ok(None);
    };
    let since = elsewhere.known_since.get(&(party.to_owned(), kind));
    if since.is_none() || before.first() < since {
        return Ok(None);
    }
    if let Some(reported) = elsewhere.reported {
        let missing = before.iter().copied();
        let missing: Vec<Period> = missing
            .filter(|month| !reported.contains(&(*month, kind)))
            .collect();
        if !missing.is_empty() {
            return Err(missing);
        }
    }
    let mut sums = MonthSums::default();
    for month in before.iter().filter_map(|month| months.get(month)) {
        sums.merge(month);
    }
    Ok(Some(sums.all().net().sums(policy.tax_rate())))
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

fn groups(policy: &Policy, sums: &MonthSums, reported: bool) -> Vec<GroupFigures> {
    let mut groups = Vec::new();
    for reward in &policy.rewards {
        let Shape::Mix { groups: mixed, .. } = &reward.shape else {
            continue;
        };
        for group in mixed {
            let known = sums.groups().get(&group.id);
            let basis = known.map_or(Basis::NOTHING, |sums| sums.basis(policy.tax_rate()));
            groups.push(GroupFigures {
                id: group.id.clone(),
                basis: known_if(reported, basis),
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
    not_reported: &[Period],
) -> Vec<SubPeriod> {
    let money = policy.money();
    span.iter()
        .map(|month| {
            let net = months.get(month).map(|sums| sums.all().net());
            let net = net.map(|net| net.sums(policy.tax_rate()));
            SubPeriod {
                name: month.to_string(),
                actual: net
                    .unwrap_or(Sums::NOTHING)
                    .of(money)
                    .filter(|_| !not_reported.contains(month)),
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
        let net = sums.net().sums(policy.tax_rate());
        let shipped = elsewhere.shipments.unwrap_or_default().iter().filter(|it| {
            it.distributor_id == party && it.product_id == *product && days.contains(it.day)
        });
        let mut bought = shipped.fold(Bought::default(), |sum, it| Bought {
            quantity: sum.quantity + i128::from(it.quantity.0),
            amount: sum.amount + i128::from(it.amount.0),
            ..sum
        });
        if bought.quantity <= 0 {
            bought = elsewhere.stock.bought(party, product, days);
        }
        let paid = with_tax(bought.amount, bought.without_tax, policy.tax_rate());
        let paid = paid.filter(|paid| bought.quantity > 0 && *paid > Decimal::ZERO);
        let price = paid.map(|paid| paid.checked_div(exact(bought.quantity)?));
        PriceGap {
            product: product.clone(),
            bought_price: price.flatten(),
            quantity: net.quantity,
            amount: net.amount,
            excluded_quantity: sums.left_out().sums(None).quantity,
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
    let received = elsewhere.stock.bought(party, product, lately).quantity;
    exact((shipped - received).max(0))
}
