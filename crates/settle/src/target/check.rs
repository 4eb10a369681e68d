//! What is wrong with targets, all of it at once.

use std::collections::BTreeSet;

use channelflow_model::settlement::{Target, TargetOwner};
use channelflow_model::{Finding, Micros, Period, PeriodRule, Place, Severity};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{MonthTargets, roll_up};
use crate::classify::counting_point;
use crate::org::{Org, Tree};
use crate::reference::Reference;

/// Targets of nobody, for nothing, twice, or not the sum of those below them.
pub(crate) fn problems(reference: &Reference<'_>, org: &Org<'_>, rule: PeriodRule) -> Vec<Finding> {
    let mut found = Vec::new();
    let groups: FxHashSet<&str> = reference
        .groups
        .iter()
        .map(|member| member.group_id.as_str())
        .collect();
    let distributors: FxHashSet<&str> = reference
        .master
        .distributors
        .iter()
        .map(|distributor| distributor.id.as_str())
        .collect();
    let periods: BTreeSet<Period> = reference.targets.iter().map(|it| it.period).collect();
    let mut trees: FxHashMap<Period, Tree<'_>> = FxHashMap::default();
    for period in periods {
        let Some(days) = rule.days_of(period) else {
            continue;
        };
        let tree = org.tree(days.last);
        sums(reference.targets, period, &tree, &mut found);
        trees.insert(period, tree);
    }
    let mut seen = FxHashMap::default();
    for target in reference.targets {
        let known = match &target.owner {
            TargetOwner::Unit(id) => trees
                .get(&target.period)
                .is_some_and(|tree| tree.level(id).is_some()),
            TargetOwner::Distributor(id) | TargetOwner::Base(id) => {
                distributors.contains(id.as_str())
            }
        };
        if !known {
            found.push(about("settle_target_owner_unknown", target));
        }
        if !target.product_group.is_empty() && !groups.contains(target.product_group.as_str()) {
            found.push(about("settle_target_group_unknown", target));
        }
        if counting_point(&target.counting_point).is_err() {
            found.push(about("settle_target_point_unknown", target));
        }
        let key = (
            target.period,
            &target.owner,
            &target.product_group,
            target.measure,
            &target.counting_point,
        );
        if let Some(other) = seen.insert(key, target.value) {
            let twice = about("settle_target_twice", target);
            found.push(twice.fact("value", target.value).fact("other", other));
        }
    }
    found
}

/// Units of a month whose target is not the sum of those below.
fn sums<'a>(targets: &'a [Target], period: Period, tree: &Tree<'a>, found: &mut Vec<Finding>) {
    let month = MonthTargets::given(targets, period);
    let mut subjects: Vec<_> = month.units.iter().collect();
    subjects.sort_unstable_by_key(|(subject, _)| **subject);
    for ((group, measure, point), own) in subjects {
        let (_, conflicts) = roll_up(tree, own, true);
        for conflict in conflicts {
            let shown = |value| Micros::from_i128(value).map_or("-".to_owned(), Micros::to_money);
            found.push(
                Finding::new("settle_target_sum", Severity::Error, Place::default())
                    .fact("period", period)
                    .fact("owner", conflict.unit)
                    .fact("group", group)
                    .fact("measure", measure.as_str())
                    .fact("point", point)
                    .fact("own", shown(conflict.own))
                    .fact("below", shown(conflict.below)),
            );
        }
    }
}

fn about(code: &'static str, target: &Target) -> Finding {
    let (TargetOwner::Unit(owner) | TargetOwner::Distributor(owner) | TargetOwner::Base(owner)) =
        &target.owner;
    Finding::new(code, Severity::Error, Place::default())
        .fact("period", target.period)
        .fact("owner", owner)
        .fact("group", &target.product_group)
        .fact("measure", target.measure.as_str())
        .fact("point", &target.counting_point)
}
