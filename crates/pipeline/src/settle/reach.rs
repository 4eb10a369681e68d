//! Bounds of running policies that parties are close to: the running span of every tiered or gated
//! policy, with its figures as they are today.

use channelflow_model::{Day, DayRange, Period};
use channelflow_settle::Figures;
use channelflow_settle::evaluate::{Reach, within_reach};
use channelflow_settle::policy::{Policy, Shape};
use channelflow_warehouse::Warehouse;

use super::build::Settling;
use super::tasks::Task;
use super::{Books, Inputs};

/// A bound one party has not reached yet.
#[derive(Debug, Clone)]
pub(crate) struct PartyReach {
    /// The distributor.
    pub party_id: String,
    /// Number of the policy in the books.
    pub policy: usize,
    /// Last day of the running span.
    pub ends: Day,
    /// What is missing.
    pub reach: Reach,
}

/// Every next bound, whatever is missing to it; `inputs` are those of the month `today` is in.
pub(crate) async fn reaches(
    warehouse: &Warehouse,
    inputs: &Inputs,
    books: &Books,
    today: Day,
) -> anyhow::Result<Vec<PartyReach>> {
    let prepared = books.prepared();
    let mut asked: Vec<(String, usize, DayRange, Task)> = Vec::new();
    for (number, policy) in books.terms.current().iter().enumerate() {
        if !policy.holds().contains(today) || !has_bounds(policy) {
            continue;
        }
        // The whole span: targets of the months to come belong to what is to be reached.
        let span = policy.period.around(inputs.period);
        let Some(days) = days_of(inputs, &span) else {
            continue;
        };
        let task = Task {
            policy: policy.key(),
            interim: span.last() != Some(&inputs.period),
            span,
            stated: None,
            books: books.terms.as_of,
        };
        for distributor in &books.master.distributors {
            let tier = prepared.tiers.at(&distributor.id, today);
            if distributor.active && policy.party.includes(&distributor.id, tier) {
                asked.push((distributor.id.clone(), number, days, task.clone()));
            }
        }
    }
    let tasks: Vec<(&str, &Task)> = asked
        .iter()
        .map(|(party, _, _, task)| (party.as_str(), task))
        .collect();
    let settling = Settling {
        warehouse,
        inputs,
        books,
        rule: inputs.rule,
        running: true,
        beside: None,
    };
    let parts = settling.parts(&tasks).await?;
    let mut found = Vec::new();
    for ((party_id, number, days, _), (_, part)) in asked.into_iter().zip(parts) {
        let figures: Figures = part.figures.parse()?;
        let Some(policy) = books.terms.policies.get(number) else {
            continue;
        };
        found.extend(
            within_reach(policy, &figures)
                .into_iter()
                .map(|reach| PartyReach {
                    party_id: party_id.clone(),
                    policy: number,
                    ends: days.last,
                    reach,
                }),
        );
    }
    Ok(found)
}

/// Days of months that follow one another.
pub(crate) fn days_of(inputs: &Inputs, span: &[Period]) -> Option<DayRange> {
    let first = inputs.rule.days_of(*span.first()?)?.first;
    let last = inputs.rule.days_of(*span.last()?)?.last;
    DayRange::new(first, last)
}

fn has_bounds(policy: &Policy) -> bool {
    policy.rewards.iter().any(|reward| {
        !reward.gates.is_empty()
            || matches!(reward.shape, Shape::Tiers { .. } | Shape::Growth { .. })
    })
}
