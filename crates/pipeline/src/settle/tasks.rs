//! What has to be settled in a month: which policies each party earns, for which months, and which
//! spans that were stated before have changed since.

use std::collections::BTreeMap;

use channelflow_model::Period;
use channelflow_settle::policy::{Late, Policy, Shape};
use channelflow_settle::reference::Tiers;
use rust_decimal::Decimal;

use super::Books;
use super::inputs::Inputs;

/// One policy, for one party, for one span of months.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Task {
    /// The policy, `id@version`.
    pub policy: String,
    /// The months.
    pub span: Vec<Period>,
    /// Whether the span is not over.
    pub interim: bool,
    /// What was stated for the span, if this is about the difference.
    pub stated: Option<Decimal>,
    /// Version of the books it is computed with; `None`: as they hold now.
    pub books: Option<i64>,
}

/// Every party's tasks in the month.
pub(crate) fn tasks(inputs: &Inputs, books: &Books) -> BTreeMap<String, Vec<Task>> {
    let tiers = Tiers::new(&books.reference());
    let mut all: BTreeMap<String, Vec<Task>> = BTreeMap::new();
    for distributor in &books.master.distributors {
        let Some(days) = inputs.rule.days_of(inputs.period) else {
            continue;
        };
        let tier = tiers.at(&distributor.id, days.last);
        for policy in &books.policies {
            if let Some(task) = own_task(inputs, books, policy)
                && policy.party.includes(&distributor.id, tier)
            {
                all.entry(distributor.id.clone()).or_default().push(task);
            }
        }
    }
    for (party, task) in changed_spans(inputs, books) {
        all.entry(party).or_default().push(task);
    }
    all
}

/// The policy in the month at hand: at the end of its span, or before it for one that pays parts.
fn own_task(inputs: &Inputs, books: &Books, policy: &Policy) -> Option<Task> {
    let span = policy.period.around(inputs.period);
    let first = inputs.rule.days_of(*span.first()?)?.first;
    let last = inputs.rule.days_of(*span.last()?)?.last;
    let valid = policy.valid.from <= last && policy.valid.to.is_none_or(|to| to >= first);
    let interim = span.last() != Some(&inputs.period);
    if !valid || interim && !pays_parts(policy) {
        return None;
    }
    // Months after the one at hand are not known yet.
    let span = span.into_iter().filter(|month| *month <= inputs.period);
    Some(Task {
        policy: policy.key(),
        span: span.collect(),
        interim,
        stated: None,
        books: books.as_of,
    })
}

/// Whether months of a span pay before it is over.
pub(crate) fn pays_parts(policy: &Policy) -> bool {
    let mut shapes = policy.rewards.iter().map(|reward| &reward.shape);
    shapes.any(|shape| matches!(shape, Shape::SubPeriods { .. }))
}

/// Spans that parties were told about and whose records are other ones now.
fn changed_spans(inputs: &Inputs, books: &Books) -> Vec<(String, Task)> {
    let mut told: BTreeMap<(&str, &str, Period, Period), (Decimal, &str)> = BTreeMap::new();
    for stated in &inputs.stated {
        if stated.last >= inputs.period {
            continue;
        }
        let key = (
            stated.party_id.as_str(),
            stated.policy.as_str(),
            stated.first,
            stated.last,
        );
        let entry = told.entry(key).or_default();
        // What the floor handed on was stated too: it waits in the next span.
        for amount in [stated.total, stated.carry] {
            entry.0 = entry
                .0
                .saturating_add(channelflow_settle::figures::decimal(amount));
        }
        entry.1 = &stated.records_hash;
    }
    let mut changed = Vec::new();
    for ((party, key, first, last), (stated, records)) in told {
        let version = inputs.frozen.get(&last).copied().flatten();
        let numbered = books
            .number_of(key)
            .and_then(|at| Some((at, books.policies.get(at)?)));
        let Some((number, policy)) =
            numbered.filter(|(_, policy)| policy.basis.late == Late::Retier)
        else {
            continue;
        };
        let task = Task {
            policy: key.to_owned(),
            span: months(first, last),
            interim: policy.period.around(last).last() != Some(&last),
            stated: Some(stated),
            books: version,
        };
        if inputs.records_hash(party, books, number, &task.span) != records {
            changed.push((party.to_owned(), task));
        }
    }
    changed
}

/// Months from one to another, both included.
pub(crate) fn months(first: Period, last: Period) -> Vec<Period> {
    std::iter::successors(Some(first), |month| Some(month.next()))
        .take_while(|month| *month <= last)
        .collect()
}
