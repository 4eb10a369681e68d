//! What has to be settled in a month: which policies each party earns, for which months, and which
//! spans that were stated before have changed since.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use channelflow_model::Period;
use channelflow_model::settlement::Span;
use channelflow_settle::figures::decimal;
use channelflow_settle::policy::{Policy, Reward};
use rust_decimal::Decimal;

use super::inputs::{Inputs, LOOK_BACK, Looked, back};
use super::terms::Terms;

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

/// A task that several parties may have, with what it looks at once somebody asked.
pub(crate) struct Shared {
    pub task: Task,
    looked: OnceLock<Option<Looked>>,
}

impl Shared {
    fn new(task: Task) -> Arc<Self> {
        let looked = OnceLock::new();
        Arc::new(Shared { task, looked })
    }

    /// What it looks at; `None` for a policy that the terms do not have.
    pub(super) fn looked(&self, terms: &Terms) -> Option<&Looked> {
        let looked = self.looked.get_or_init(|| Looked::of(&self.task, terms));
        looked.as_ref()
    }
}

/// Every party's tasks in the month.
pub(crate) fn tasks(inputs: &Inputs, terms: &Terms) -> BTreeMap<String, Vec<Arc<Shared>>> {
    let tiers = terms.tiers();
    let mut all: BTreeMap<String, Vec<Arc<Shared>>> = BTreeMap::new();
    let policies = terms.current().iter();
    let own: Vec<(&Policy, Arc<Shared>)> = policies
        .filter_map(|policy| Some((policy, Shared::new(own_task(inputs, terms, policy)?))))
        .collect();
    if let Some(days) = inputs.rule.days_of(inputs.period) {
        for distributor in &terms.distributors {
            let tier = tiers.at(&distributor.id, days.last);
            let earned = own
                .iter()
                .filter(|(policy, _)| policy.party.includes(&distributor.id, tier));
            let tasks: Vec<Arc<Shared>> = earned.map(|(_, task)| Arc::clone(task)).collect();
            if !tasks.is_empty() {
                all.insert(distributor.id.clone(), tasks);
            }
        }
    }
    for (party, task) in changed_spans(inputs, terms) {
        all.entry(party).or_default().push(Shared::new(task));
    }
    all
}

/// The policy in the month at hand: at the end of its span, or before it for one that pays parts.
fn own_task(inputs: &Inputs, terms: &Terms, policy: &Policy) -> Option<Task> {
    let span = policy.period.around(inputs.period);
    let first = inputs.rule.days_of(*span.first()?)?.first;
    let last = inputs.rule.days_of(*span.last()?)?.last;
    let valid = policy.holds().overlaps(Span {
        from: first,
        to: Some(last),
    });
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
        books: terms.as_of,
    })
}

/// Whether months of a span pay before it is over.
pub(crate) fn pays_parts(policy: &Policy) -> bool {
    policy.rewards.iter().any(Reward::pays_parts)
}

/// What a party was told about one policy and span, parts of it included.
#[derive(Default)]
struct ToldSpan<'i> {
    stated: Decimal,
    /// Records and version of the books of what was told about the whole span last.
    records: Option<(&'i str, i64)>,
}

/// Spans that are over, that parties were told about, and whose records are other ones now. A span
/// that still runs corrects itself: its own part takes off what was told.
fn changed_spans(inputs: &Inputs, terms: &Terms) -> Vec<(String, Task)> {
    let since = back(inputs.period, LOOK_BACK);
    let mut told: BTreeMap<(&str, usize, Period), ToldSpan<'_>> = BTreeMap::new();
    for stated in &inputs.stated {
        let Some(number) = terms.number_of(&stated.policy) else {
            continue;
        };
        let Some(policy) = terms.policies.get(number) else {
            continue;
        };
        let whole = policy.period.around(stated.last);
        let over = whole
            .last()
            .filter(|last| since <= **last && **last < inputs.period);
        let (Some(last), Some(first)) = (over, whole.first()) else {
            continue;
        };
        let span = told.entry((&stated.party_id, number, *first)).or_default();
        // What the floor handed on was stated too: it waits in the next span.
        for amount in [stated.total, stated.carry] {
            span.stated = span.stated.saturating_add(decimal(amount));
        }
        if stated.last == *last {
            span.records = Some((&stated.records_hash, stated.settings_version));
        }
    }
    let mut changed = Vec::new();
    for ((party, number, first), span) in told {
        // Without a part about the whole there is nothing to correct: it was never settled.
        let (Some(policy), Some((records, version))) = (terms.policies.get(number), span.records)
        else {
            continue;
        };
        let whole = policy.period.around(first);
        let last = whole.last().copied().unwrap_or(first);
        // Told while the month was open, by books that were other ones when it was closed.
        let frozen = inputs.frozen.get(&last).copied().flatten();
        let moved = frozen.is_some_and(|frozen| frozen != version);
        if moved || inputs.records_hash(party, terms, number, &whole) != records {
            let task = Task {
                policy: policy.key(),
                span: whole,
                interim: false,
                stated: Some(span.stated),
                books: frozen,
            };
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
