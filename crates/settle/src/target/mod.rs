//! Targets (指标): rolled up in the organisation, phased over a span, and checked against the
//! targets above them.
//!
//! In the organisation of the month a unit's own target counts, and the sum of those below it
//! where it has none; in another organisation it is the other way round, because a unit may have
//! other units below it now. Not here: what was reached (`achieve`).

mod check;

pub(crate) use check::problems;

use channelflow_model::settlement::{Measure, Target, TargetOwner, UnitLevel};
use channelflow_model::{Day, DayRange, Period};
use rustc_hash::FxHashMap;

use crate::org::{Org, Tree};

/// What a target is for besides its month and owner: product group, measure, counting point.
pub(crate) type Subject<'a> = (&'a str, Measure, &'a str);

/// Values by unit, in micros.
pub(crate) type Values<'a> = FxHashMap<&'a str, i128>;

/// The targets of one month.
#[derive(Debug, Clone, Default)]
pub(crate) struct MonthTargets<'a> {
    pub(crate) units: FxHashMap<Subject<'a>, Values<'a>>,
    pub(crate) distributors: FxHashMap<Subject<'a>, Values<'a>>,
}

impl<'a> MonthTargets<'a> {
    /// The targets of a month as they were given; of two for the same thing the later one.
    pub(crate) fn given(targets: &'a [Target], period: Period) -> Self {
        let mut month = MonthTargets::default();
        for target in targets.iter().filter(|target| target.period == period) {
            let subject = (
                target.product_group.as_str(),
                target.measure,
                target.counting_point.as_str(),
            );
            let (values, id) = match &target.owner {
                TargetOwner::Unit(id) => (&mut month.units, id),
                TargetOwner::Distributor(id) => (&mut month.distributors, id),
                TargetOwner::Base(_) => continue,
            };
            let of_subject = values.entry(subject).or_default();
            of_subject.insert(id, i128::from(target.value.0));
        }
        month
    }
}

/// A unit whose own target is not the sum of those below it, in micros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Conflict<'a> {
    pub(crate) unit: &'a str,
    pub(crate) own: i128,
    pub(crate) below: i128,
}

/// Values of all units from those that have one: a unit is the sum of those below it, or its own.
/// `prefer_own` says which when it has both.
pub(crate) fn roll_up<'a>(
    tree: &Tree<'a>,
    own: &Values<'a>,
    prefer_own: bool,
) -> (Values<'a>, Vec<Conflict<'a>>) {
    // Units that do not stand in the tree keep what they were given.
    let mut values = own.clone();
    let mut conflicts = Vec::new();
    let mut below: Values<'a> = Values::default();
    for level in UnitLevel::ALL.into_iter().rev() {
        for unit in tree.units(level) {
            let value = match (own.get(unit), below.get(unit)) {
                (None, None) => continue,
                (Some(own), None) => *own,
                (None, Some(below)) => *below,
                (Some(own), Some(below)) => {
                    if own != below {
                        conflicts.push(Conflict {
                            unit,
                            own: *own,
                            below: *below,
                        });
                    }
                    if prefer_own { *own } else { *below }
                }
            };
            values.insert(unit, value);
            if let Some(parent) = tree.parent(unit) {
                *below.entry(parent).or_default() += value;
            }
        }
    }
    (values, conflicts)
}

/// Who holds a post in a month: the person, the days of the month before they begin, and those
/// until they end.
pub(crate) fn holders<'a>(
    org: &Org<'a>,
    post_id: &str,
    days: DayRange,
) -> Vec<(&'a str, i64, i64)> {
    let Some(line) = org.seat_line(post_id) else {
        return Vec::new();
    };
    let all = days.last.days_since(days.first) + 1;
    let passed = |number: i32| {
        let day = Day::from_number(number);
        day.map_or(all, |day| day.days_since(days.first).clamp(0, all))
    };
    let held = line.steps().iter().filter_map(|step| {
        let person = org.seat(step.value)?.person_id.as_str();
        Some((person, passed(step.from), passed(step.until)))
    });
    held.filter(|(_, from, until)| from < until).collect()
}

/// The part of a month's value that falls on the days after `from` and until `until`. Parts of
/// neighbouring days sum exactly.
pub(crate) fn by_days(value: i128, from: i64, until: i64, days: DayRange) -> i128 {
    let all = i128::from(days.last.days_since(days.first)) + 1;
    value * i128::from(until) / all - value * i128::from(from) / all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{day, seat, unit};

    #[test]
    fn own_targets_and_sums_of_those_below() {
        let all = "2026-01-01..";
        let units = [
            unit("C", UnitLevel::Company, "", all),
            unit("R", UnitLevel::Region, "C", all),
            unit("S", UnitLevel::Region, "C", all),
            unit("P", UnitLevel::Post, "R", all),
            unit("Q", UnitLevel::Post, "R", all),
        ];
        let tree = Org::new(&units, &[]).tree(day("2026-01-31"));
        let own: Values<'_> = [("R", 100), ("P", 60), ("Q", 30), ("S", 5), ("gone", 1)]
            .into_iter()
            .collect();
        for (prefer_own, company, region) in [(true, 105, 100), (false, 95, 90)] {
            let (values, conflicts) = roll_up(&tree, &own, prefer_own);
            assert_eq!(values.get("C"), Some(&company));
            assert_eq!(values.get("R"), Some(&region));
            assert_eq!(values.get("gone"), Some(&1));
            let conflict = Conflict {
                unit: "R",
                own: 100,
                below: 90,
            };
            assert_eq!(conflicts, [conflict]);
        }
    }

    #[test]
    fn a_post_that_changes_hands_shares_its_target_by_days() {
        let seats = [
            seat("P", "u", "2026-01-01..2026-04-10"),
            seat("P", "v", "2026-04-16.."),
        ];
        let org = Org::new(&[], &seats);
        let days = DayRange::new(day("2026-04-01"), day("2026-04-30"));
        let parts = days.map(|days| {
            let held = holders(&org, "P", days).into_iter();
            held.map(|(person, from, until)| (person, by_days(3_000_000, from, until, days)))
                .collect::<Vec<_>>()
        });
        assert_eq!(parts, Some(vec![("u", 1_000_000), ("v", 1_500_000)]));
    }
}
