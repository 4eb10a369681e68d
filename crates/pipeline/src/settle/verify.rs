//! Proof of a statement: what it says is what was stored, follows from its figures, and follows
//! from the records as they are now.

use channelflow_model::statement::{JsonText, Statement, StatementPart, StatementState};
use channelflow_model::{Micros, Period};
use channelflow_settle::evaluate::evaluate;
use channelflow_settle::figures::decimal;
use channelflow_settle::{Evaluation, Figures};
use channelflow_warehouse::Warehouse;
use serde::Serialize;

use super::build::{Settling, content_hash};
use super::tasks::{Task, months, tasks as all_tasks};
use super::{Books, Inputs, Terms};
use crate::company::Company;

/// What verifying found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// The statement.
    pub number: String,
    /// Its month.
    pub period: Period,
    /// Whether it says what it said when it was computed, to the byte.
    pub untouched: bool,
    /// Whether settling now would give it again; only asked of drafts.
    pub current: bool,
    /// Whether the total is the sum of its lines.
    pub adds_up: bool,
    /// Parts whose lines do not follow from their figures.
    pub not_reproduced: Vec<i64>,
    /// Parts that come out differently with the records as they are now.
    pub changed: Vec<ChangedPart>,
}

/// A part that would be another one today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangedPart {
    /// Its place in the statement.
    pub part_no: i64,
    /// The policy.
    pub policy: String,
    /// Yuan stated.
    pub stated: Micros,
    /// Yuan now; `None`: held now, or no part any more.
    pub now: Option<Micros>,
}

impl Verified {
    /// Whether nothing differs.
    pub fn is_proven(&self) -> bool {
        self.untouched
            && self.current
            && self.adds_up
            && self.not_reproduced.is_empty()
            && self.changed.is_empty()
    }
}

/// Verifies a statement.
pub async fn verify(
    company: &Company,
    warehouse: &Warehouse,
    statement: &Statement,
) -> anyhow::Result<Verified> {
    let head = &statement.head;
    let amounts = statement.parts.iter().flat_map(|part| &part.lines);
    let sum: i64 = amounts
        .filter_map(|line| line.amount)
        .map(|amount| amount.0)
        .sum();
    let mut verified = Verified {
        number: head.number.clone(),
        period: head.period,
        untouched: content_hash(&statement.parts)? == head.content_hash,
        current: true,
        adds_up: sum == head.total.0,
        not_reproduced: Vec::new(),
        changed: Vec::new(),
    };
    let inputs = Inputs::load(company, warehouse, head.period).await?;
    let books = Books::of_month(warehouse, head.period).await?;
    if head.state == StatementState::Draft {
        verified.current = is_current(&inputs, &books.terms, statement);
    }
    for part in &statement.parts {
        let stored: Evaluation = part.evaluation.parse()?;
        let figures: Figures = part.figures.parse()?;
        let policy = books
            .terms
            .number_of(&part.policy)
            .and_then(|number| books.terms.policies.get(number));
        if policy.is_none_or(|policy| evaluate(policy, &figures) != stored) {
            verified.not_reproduced.push(part.part_no);
        }
    }
    let tasks = tasks_of(&inputs, &books, statement);
    for (part_no, task) in &tasks {
        let then;
        let books = if task.books == books.terms.as_of {
            &books
        } else {
            then = Books::open(warehouse, task.books).await?;
            &then
        };
        let settling = Settling {
            warehouse,
            inputs: &inputs,
            books,
            rule: company.period_rule,
            running: false,
            beside: None,
        };
        let now = settling.parts(&[(head.party_id.as_str(), task)]).await?;
        let now = now.into_iter().next().map(|(_, part)| part);
        let Some(part) = statement.parts.iter().find(|part| part.part_no == *part_no) else {
            continue;
        };
        // Numbers are given when a statement is put together.
        let same = now.as_ref().is_some_and(|now| {
            let lines = now.lines.iter().zip(&part.lines);
            now.lines.len() == part.lines.len()
                && lines.into_iter().all(|(now, then)| {
                    (&now.kind, &now.name, &now.exact, now.amount, &now.held)
                        == (&then.kind, &then.name, &then.exact, then.amount, &then.held)
                })
                && same_value(&now.figures, &part.figures)
                && same_value(&now.evaluation, &part.evaluation)
        });
        if !same {
            let waits = |part: &StatementPart| part.lines.iter().any(|line| line.amount.is_none());
            verified.changed.push(ChangedPart {
                part_no: *part_no,
                policy: part.policy.clone(),
                stated: part.total,
                now: now.filter(|now| !waits(now)).map(|now| now.total),
            });
        }
    }
    Ok(verified)
}

/// The tasks the parts of a statement came from.
fn tasks_of(inputs: &Inputs, books: &Books, statement: &Statement) -> Vec<(i64, Task)> {
    let mut tasks = Vec::new();
    for part in &statement.parts {
        let policy = books
            .terms
            .number_of(&part.policy)
            .and_then(|number| books.terms.policies.get(number));
        let Some(policy) = policy else { continue };
        let whole = policy.period.around(part.last);
        let stated = part.prior.then(|| {
            let told = inputs.stated_of(&statement.head.party_id).iter();
            let same = told.filter(|it| it.policy == part.policy && whole.contains(&it.last));
            same.map(|it| decimal(it.total) + decimal(it.carry)).sum()
        });
        tasks.push((
            part.part_no,
            Task {
                policy: part.policy.clone(),
                span: months(part.first, part.last),
                interim: whole.last() != Some(&part.last),
                stated,
                books: if part.prior {
                    inputs.frozen.get(&part.last).copied().flatten()
                } else {
                    books.terms.as_of
                },
            },
        ));
    }
    tasks
}

/// Whether settling now would give the party this statement again: nothing it is computed from has
/// changed, no policy has come or gone.
fn is_current(inputs: &Inputs, terms: &Terms, statement: &Statement) -> bool {
    let tasks = all_tasks(inputs, terms);
    let party = &statement.head.party_id;
    tasks
        .get(party)
        .is_some_and(|tasks| inputs.hash_of(party, tasks, terms) == statement.head.inputs_hash)
}

/// Whether two texts say the same, however they are written: an older program ordered them otherwise.
fn same_value(one: &JsonText, other: &JsonText) -> bool {
    let value = |text: &JsonText| text.parse::<serde_json::Value>();
    one == other || matches!((value(one), value(other)), (Ok(one), Ok(other)) if one == other)
}
