//! What a policy would have paid in past months, by the figures of the warehouse as they are now.
//! Nothing is stored, and nothing that was stated is looked at: a carried rest and the parts of a
//! period are those of the simulation itself.
//!
//! The days a policy holds for are left aside, so that next year's draft can be tried on this
//! year's flow; prices, targets and tiers are those of the days the flow happened on.

use std::collections::BTreeMap;

use channelflow_model::settlement::Span;
use channelflow_model::statement::StatementPart;
use channelflow_model::{Day, Micros, Period};
use channelflow_settle::evaluate::Stage;
use channelflow_settle::figures::decimal;
use channelflow_settle::{Evaluation, Figures, Policy};
use channelflow_warehouse::{Stated, Warehouse};
use rust_decimal::Decimal;
use serde::Serialize;

use super::Books;
use super::build::Settling;
use super::inputs::{Inputs, back};
use super::tasks::{Task, months, pays_parts};
use crate::company::Company;

/// What is simulated.
#[derive(Debug, Clone)]
pub struct Simulation {
    /// The policy; it need not be imported.
    pub policy: Policy,
    /// The policy it is compared with.
    pub beside: Option<Policy>,
    /// First and last month; spans that end in them are computed.
    pub months: (Period, Period),
    /// One party; `None`: everybody who earns either policy.
    pub party: Option<String>,
}

/// What came out.
#[derive(Debug, Clone, Serialize)]
pub struct Simulated {
    /// The policy, `id@version`.
    pub policy: String,
    /// What it is compared with.
    pub beside: Option<String>,
    /// By span and party.
    pub rows: Vec<SimulatedRow>,
    /// Yuan of all rows that are not held.
    pub total: Decimal,
    /// The same of what it is compared with.
    pub beside_total: Decimal,
    /// Rows that are held, of either.
    pub held: u64,
    /// A span that is not over in the last month and was left out.
    pub open: Option<(Period, Period)>,
}

/// One party and span.
#[derive(Debug, Clone, Serialize)]
pub struct SimulatedRow {
    /// The distributor.
    pub party_id: String,
    /// Its name.
    pub party_name: String,
    /// First month of the span.
    pub first: Period,
    /// Last month of it.
    pub last: Period,
    /// What counts, in the policy's measure; `None`: not known.
    pub basis: Option<Decimal>,
    /// What was to be reached, in the policy's measure.
    pub target: Option<Decimal>,
    /// What the policy gives; `None`: the party does not earn it.
    pub own: Option<Outcome>,
    /// What the policy it is compared with gives.
    pub beside: Option<Outcome>,
    /// Yuan more than that; `None` without it, or while either is held.
    pub difference: Option<Decimal>,
}

/// What a policy gives a party for a span.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// Yuan; `None`: held.
    pub amount: Option<Decimal>,
    /// Steps, lines and reasons.
    pub evaluation: Evaluation,
    #[serde(skip)]
    figures: Figures,
}

/// What both policies give, by span (last month first in the key) and party.
type Outcomes = BTreeMap<(Period, Period, String), (Option<Outcome>, Option<Outcome>)>;

/// Simulates a policy.
pub async fn simulate(
    company: &Company,
    warehouse: &Warehouse,
    asked: &Simulation,
) -> anyhow::Result<Simulated> {
    let (from, to) = asked.months;
    let earliest = asked.policy.period.around(from);
    // A span of the policy beside may be longer.
    let earliest = back(earliest.first().copied().unwrap_or(from), 12);
    let mut inputs = Inputs::since(company, warehouse, earliest, to).await?;
    let mut books = Books::open(warehouse, None).await?;
    let mut outcomes = Outcomes::new();
    let own = run(warehouse, &mut inputs, &mut books, &asked.policy, asked).await?;
    for (key, outcome) in own {
        outcomes.entry(key).or_default().0 = Some(outcome);
    }
    if let Some(beside) = &asked.beside {
        for (key, outcome) in run(warehouse, &mut inputs, &mut books, beside, asked).await? {
            outcomes.entry(key).or_default().1 = Some(outcome);
        }
    }
    let distributors = &books.master.distributors;
    let name_of = |id: &str| {
        let found = distributors.iter().find(|it| it.id == id);
        found.map(|it| it.name.clone()).unwrap_or_default()
    };
    let rows: Vec<SimulatedRow> = outcomes
        .into_iter()
        .map(|((last, first, party_id), (own, beside))| SimulatedRow {
            party_name: name_of(&party_id),
            party_id,
            first,
            last,
            basis: own.as_ref().and_then(|own| basis(&asked.policy, own)),
            target: own.as_ref().and_then(|own| {
                let target = own.figures.target?;
                target.of(asked.policy.basis.measure)
            }),
            difference: asked
                .beside
                .as_ref()
                .and_then(|_| difference(own.as_ref(), beside.as_ref())),
            own,
            beside,
        })
        .collect();
    let sum = |of: fn(&SimulatedRow) -> Option<&Outcome>| -> Decimal {
        rows.iter().filter_map(|row| of(row)?.amount).sum()
    };
    let held = |outcome: &Option<Outcome>| outcome.as_ref().is_some_and(|it| it.amount.is_none());
    let around = asked.policy.period.around(to);
    let ends = around.first().copied().zip(around.last().copied());
    Ok(Simulated {
        policy: asked.policy.key(),
        beside: asked.beside.as_ref().map(Policy::key),
        total: sum(|row| row.own.as_ref()),
        beside_total: sum(|row| row.beside.as_ref()),
        held: rows
            .iter()
            .filter(|row| held(&row.own) || held(&row.beside))
            .count() as u64,
        open: ends.filter(|(_, last)| *last != to && !pays_parts(&asked.policy)),
        rows,
    })
}

/// One policy month by month, as settling would, with what it gave before taken as stated.
async fn run(
    warehouse: &Warehouse,
    inputs: &mut Inputs,
    books: &mut Books,
    policy: &Policy,
    asked: &Simulation,
) -> anyhow::Result<BTreeMap<(Period, Period, String), Outcome>> {
    let policy = Policy {
        valid: Span {
            from: Day::FIRST,
            to: None,
        },
        followed: None,
        ..policy.clone()
    };
    let key = policy.key();
    books.terms.set_policies(vec![policy.clone()]);
    inputs.stated.clear();
    let mut outcomes = BTreeMap::new();
    for month in months(asked.months.0, asked.months.1) {
        let span = policy.period.around(month);
        let interim = span.last() != Some(&month);
        if interim && !pays_parts(&policy) {
            continue;
        }
        let task = Task {
            policy: key.clone(),
            span: span.into_iter().filter(|it| *it <= month).collect(),
            interim,
            stated: None,
            books: None,
        };
        let parties = parties(inputs, books, &policy, month, asked.party.as_deref());
        let tasks: Vec<(&str, &Task)> = parties.iter().map(|id| (id.as_str(), &task)).collect();
        let settling = Settling {
            warehouse,
            inputs,
            books,
            rule: inputs.rule,
            running: false,
            beside: None,
        };
        let parts = settling.parts(&tasks).await?;
        for (party, part) in parts {
            inputs.stated.push(stated(&party, month, &part));
            let place = (part.last, part.first, party);
            outcomes.insert(place, outcome(&part)?);
        }
    }
    Ok(outcomes)
}

/// Distributors that earn the policy in a month.
fn parties(
    inputs: &Inputs,
    books: &Books,
    policy: &Policy,
    month: Period,
    only: Option<&str>,
) -> Vec<String> {
    let prepared = books.prepared();
    let Some(days) = inputs.rule.days_of(month) else {
        return Vec::new();
    };
    let earns = |id: &str| {
        let tier = prepared.tiers.at(id, days.last);
        policy.party.includes(id, tier)
    };
    let ids = books.master.distributors.iter().map(|it| it.id.as_str());
    ids.filter(|id| only.is_none_or(|only| only == *id) && earns(id))
        .map(str::to_owned)
        .collect()
}

fn stated(party: &str, month: Period, part: &StatementPart) -> Stated {
    Stated {
        party_id: party.to_owned(),
        period: month,
        statement_id: 0,
        policy: part.policy.clone(),
        first: part.first,
        last: part.last,
        prior: false,
        total: part.total,
        carry: part.carry,
        rewards: rewards(part),
        records_hash: String::new(),
        settings_version: 0,
    }
}

/// Yuan by reward, as the warehouse reads it back.
fn rewards(part: &StatementPart) -> BTreeMap<String, Micros> {
    let mut rewards: BTreeMap<String, Micros> = BTreeMap::new();
    let told = ["reward", "deduction", "already_paid"];
    for line in &part.lines {
        if let (true, false, Some(amount)) = (
            told.contains(&line.kind.as_str()),
            line.name.is_empty(),
            line.amount,
        ) {
            let sum = rewards.entry(line.name.clone()).or_default();
            *sum = Micros(sum.0.saturating_add(amount.0));
        }
    }
    rewards
}

fn outcome(part: &StatementPart) -> anyhow::Result<Outcome> {
    let held = part.lines.iter().any(|line| line.amount.is_none());
    Ok(Outcome {
        amount: (!held).then(|| decimal(part.total)),
        evaluation: part.evaluation.parse()?,
        figures: part.figures.parse()?,
    })
}

/// What counts, as the last step about it says.
fn basis(policy: &Policy, outcome: &Outcome) -> Option<Decimal> {
    let measure = policy.basis.measure.as_str();
    let mut steps = outcome.evaluation.steps.iter().rev();
    let about = steps.find(|step| {
        matches!(step.stage, Stage::Basis | Stage::Returns)
            && step.facts.get("measure").is_some_and(|it| it == measure)
    });
    about.and_then(|step| step.after)
}

/// A party that does not earn one of the two gets nothing from it.
fn difference(own: Option<&Outcome>, beside: Option<&Outcome>) -> Option<Decimal> {
    let amount = |outcome: Option<&Outcome>| match outcome {
        Some(outcome) => outcome.amount,
        None => Some(Decimal::ZERO),
    };
    let difference = amount(own)?.checked_sub(amount(beside)?)?;
    Some(difference.normalize())
}
