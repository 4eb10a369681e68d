//! Whether reference data can be settled with: all problems together, before anything is counted.
//!
//! A problem is a [`Finding`] with a code `settle_…`, an error unless it says otherwise. Not here:
//! what a table does with data that has problems; it stays exact and credits nobody twice.

use std::collections::BTreeMap;

use channelflow_model::settlement::{Attribution, Span};
use channelflow_model::{Finding, Micros, PeriodRule, Place, Severity};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::org::{Org, post_spans};
use crate::reference::{Reference, tier_problems};
use crate::timeline::{Timeline, first_gap, stretch, until};
use crate::{org, price, target};

/// Everything that is wrong with the reference data, in a fixed order.
pub fn validate(reference: &Reference<'_>, rule: PeriodRule) -> Vec<Finding> {
    let tree = Org::new(reference.units, reference.seats);
    let mut found = org::problems(&tree, reference.units, reference.seats);
    found.extend(attributions(reference, &tree));
    found.extend(rules(reference, &tree));
    found.extend(price::problems(reference.prices));
    found.extend(tier_problems(reference.tiers));
    found.extend(target::problems(reference, &tree, rule));
    found
}

/// Shares that do not sum to one, posts and groups that do not exist, products in two groups.
fn attributions(reference: &Reference<'_>, org: &Org<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let groups = group_ids(reference);
    let customers: FxHashSet<&str> = reference
        .master
        .customers
        .iter()
        .map(|customer| customer.id.as_str())
        .collect();
    for row in reference.attributions {
        if !customers.contains(row.customer_id.as_str()) {
            found.push(Finding {
                severity: Severity::Warning,
                ..about("settle_attribution_customer_unknown", row)
            });
        }
        if row.share <= Micros::ZERO || row.share > Micros::ONE {
            found.push(about("settle_share_out_of_range", row));
        }
        if let Some(gap) = first_gap(row.span, post_spans(org, &row.post_id)) {
            found.push(about("settle_attribution_without_post", row).fact("days", gap));
        }
        if !row.product_group.is_empty() && !groups.contains(row.product_group.as_str()) {
            found.push(about("settle_attribution_group_unknown", row));
        }
    }
    let mut territories: BTreeMap<(&str, &str), Vec<&Attribution>> = BTreeMap::new();
    for row in reference.attributions {
        let key = (row.customer_id.as_str(), row.product_group.as_str());
        territories.entry(key).or_default().push(row);
    }
    for ((customer, group), rows) in &territories {
        for (days, sum) in wrong_sums(rows) {
            found.push(
                Finding::new("settle_shares", Severity::Error, Place::default())
                    .fact("customer", customer)
                    .fact("group", group)
                    .fact("days", days)
                    .fact("sum", sum),
            );
        }
    }
    found.extend(in_two_groups(reference, &territories));
    found
}

/// Stretches of days whose shares do not sum to one, with the sum; days without rows are fine.
fn wrong_sums(rows: &[&Attribution]) -> Vec<(Span, Micros)> {
    let mut cuts = Vec::new();
    for row in rows {
        cuts.extend([row.span.from.number(), until(row.span)]);
    }
    let sums = Timeline::build(cuts, |day| {
        let mut holds = rows
            .iter()
            .filter(|row| row.span.from.number() <= day && day < until(row.span))
            .peekable();
        holds.peek()?;
        let sum: i128 = holds.map(|row| i128::from(row.share.0)).sum();
        Some(Micros::from_i128(sum).unwrap_or(Micros(i64::MAX)))
    });
    let wrong = sums.steps().iter().filter(|step| step.value != Micros::ONE);
    wrong
        .filter_map(|step| Some((stretch(step.from, step.until)?, step.value)))
        .collect()
}

/// Products that are in two groups on days one customer is attributed by both.
fn in_two_groups(
    reference: &Reference<'_>,
    territories: &BTreeMap<(&str, &str), Vec<&Attribution>>,
) -> Vec<Finding> {
    let shared = shared_products(reference);
    let mut found = Vec::new();
    let mut of_customer: BTreeMap<&str, Vec<(&str, &[&Attribution])>> = BTreeMap::new();
    for ((customer, group), rows) in territories {
        if !group.is_empty() {
            let groups = of_customer.entry(customer).or_default();
            groups.push((group, rows));
        }
    }
    for (customer, groups) in of_customer {
        for (at, (first, first_rows)) in groups.iter().enumerate() {
            for (second, second_rows) in groups.iter().skip(at + 1) {
                let Some(products) = shared.get(&(*first, *second)) else {
                    continue;
                };
                for (product, both) in products {
                    let Some(days) = common(*both, first_rows, second_rows) else {
                        continue;
                    };
                    found.push(
                        Finding::new("settle_two_groups", Severity::Error, Place::default())
                            .fact("customer", customer)
                            .fact("product", product)
                            .fact("group", first)
                            .fact("other", second)
                            .fact("days", days),
                    );
                }
            }
        }
    }
    found
}

/// Per pair of groups (ascending) the products in both, with the days.
type Shared<'a> = FxHashMap<(&'a str, &'a str), Vec<(&'a str, Span)>>;

fn shared_products<'a>(reference: &Reference<'a>) -> Shared<'a> {
    let mut members: BTreeMap<&str, Vec<(&str, Span)>> = BTreeMap::new();
    for member in reference.groups {
        let of_product = members.entry(&member.product_id).or_default();
        of_product.push((&member.group_id, member.span));
    }
    let mut shared = Shared::default();
    for (product, mut groups) in members {
        groups.sort_unstable();
        for (at, (first, days)) in groups.iter().enumerate() {
            for (second, other_days) in groups.iter().skip(at + 1) {
                if let Some(both) = intersect(*days, *other_days)
                    && first != second
                {
                    let products = shared.entry((*first, *second)).or_default();
                    products.push((product, both));
                }
            }
        }
    }
    shared
}

/// First days of `span` some row of both lists covers.
fn common(span: Span, first: &[&Attribution], second: &[&Attribution]) -> Option<Span> {
    let pairs = first
        .iter()
        .flat_map(|a| second.iter().map(move |b| (a, b)));
    pairs
        .filter_map(|(a, b)| intersect(span, intersect(a.span, b.span)?))
        .min()
}

fn intersect(a: Span, b: Span) -> Option<Span> {
    let end = until(a).min(until(b));
    let from = a.from.max(b.from);
    (from.number() < end).then(|| stretch(from.number(), end))?
}

/// Rules for what nobody is attributed to that name posts or groups that do not exist.
fn rules(reference: &Reference<'_>, org: &Org<'_>) -> Vec<Finding> {
    let groups = group_ids(reference);
    let mut found = Vec::new();
    for rule in reference.unattributed {
        let about = |code| {
            Finding::new(code, Severity::Error, Place::default())
                .fact("rule", &rule.id)
                .fact("post", &rule.post_id)
                .fact("group", &rule.product_group)
        };
        if !rule.post_id.is_empty()
            && let Some(gap) = first_gap(rule.span, post_spans(org, &rule.post_id))
        {
            found.push(about("settle_rule_without_post").fact("days", gap));
        }
        if !rule.product_group.is_empty() && !groups.contains(rule.product_group.as_str()) {
            found.push(about("settle_rule_group_unknown"));
        }
    }
    found
}

fn group_ids<'a>(reference: &Reference<'a>) -> FxHashSet<&'a str> {
    let ids = reference.groups.iter().map(|it| it.group_id.as_str());
    ids.collect()
}

fn about(code: &'static str, row: &Attribution) -> Finding {
    Finding::new(code, Severity::Error, Place::default())
        .fact("customer", &row.customer_id)
        .fact("group", &row.product_group)
        .fact("post", &row.post_id)
        .fact("share", row.share)
}
