//! What a party is to reach in what a policy counts, month by month. Not here: the sums of units of
//! the organisation.

use channelflow_model::settlement::{Measure, Span, Target};
use channelflow_model::{Micros, Period, PeriodRule};
use rust_decimal::Decimal;

use super::sums::exact;
use crate::classify::counting_point;
use crate::figures::Sums;
use crate::policy::{PartialSpan, Policy, Source};

/// The targets behind a figure: of all targets of a party (or the bases approved for it) those a
/// policy measures these months against, each with so much of it as counts, and what they come to
/// ([`crate::figures::Figures::target`]).
pub fn targets_behind<'t>(
    policy: &Policy,
    all: &[&'t Target],
    rule: PeriodRule,
    months: &[Period],
) -> (Vec<(&'t Target, Decimal)>, Option<Sums>) {
    let targets = Targets::new(policy, all, rule);
    (targets.each(months), targets.of(months))
}

/// Targets of one party in what a policy counts: those of its product groups, or the one of all
/// products when it names none.
pub(super) struct Targets<'t> {
    of_party: Vec<&'t Target>,
    rule: PeriodRule,
    /// Days a target is taken for only in part: those of the version; `None`: for all of them.
    by_days: Option<Span>,
}

impl<'t> Targets<'t> {
    pub(super) fn new(policy: &Policy, all: &[&'t Target], rule: PeriodRule) -> Self {
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
            rule,
            by_days: (policy.partial_span() == Some(PartialSpan::ByDays)).then(|| policy.holds()),
        }
    }

    /// The sums of the months' targets, of each measure that every month has one in.
    pub(super) fn of(&self, months: &[Period]) -> Option<Sums> {
        let of = |measure: Measure| -> Option<Decimal> {
            let mut sum = Decimal::ZERO;
            for month in months {
                let mut found = self
                    .of_party
                    .iter()
                    .filter(|it| it.period == *month && it.measure == measure)
                    .peekable();
                found.peek()?;
                let value = exact(found.map(|it| i128::from(it.value.0)).sum())?;
                sum = sum.checked_add(self.in_part(value, *month)?)?;
            }
            Some(sum.normalize())
        };
        let sums = Sums {
            quantity: of(Measure::Quantity),
            amount: of(Measure::Amount),
            assessed: of(Measure::Assessed),
        };
        (sums != Sums::default()).then_some(sums)
    }

    /// Every one of these months that counts, with so much of it as does.
    fn each(&self, months: &[Period]) -> Vec<(&'t Target, Decimal)> {
        let of_months = self.of_party.iter().copied();
        let of_months = of_months.filter(|target| months.contains(&target.period));
        let counted = of_months.filter_map(|target| {
            let value = self.in_part(exact(i128::from(target.value.0))?, target.period)?;
            // A month without a day of the version asks for nothing.
            let counts = !value.is_zero() || target.value == Micros::ZERO;
            counts.then_some((target, value.normalize()))
        });
        counted.collect()
    }

    /// So much of a month's target as days of it lie in those of the version.
    fn in_part(&self, value: Decimal, month: Period) -> Option<Decimal> {
        let Some(holds) = self.by_days else {
            return Some(value);
        };
        let days = self.rule.days_of(month)?;
        let (all, within) = days.days().fold((0_u32, 0_u32), |(all, within), day| {
            (all + 1, within + u32::from(holds.contains(day)))
        });
        value
            .checked_mul(Decimal::from(within))?
            .checked_div(Decimal::from(all))
    }
}
