//! Settling a month: what every party earned under its policies, as drafts of statements.
//!
//! Only parties whose inputs changed are computed anew. What was confirmed is never touched: an
//! earlier span whose records changed is computed again as it was settled then, and the difference
//! is a line of this month. Not here: what a policy gives (`settle`), how statements are stored
//! (`warehouse`), and how they are shown.

mod balance;
mod books;
mod build;
mod gates;
mod inputs;
mod owned;
pub(crate) mod reach;
mod records;
mod returns;
pub mod simulate;
mod sums;
mod tasks;
mod terms;
mod verify;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use channelflow_config::OnMissed;
use channelflow_model::statement::{StatementHead, StatementState};
use channelflow_model::{Micros, Period, PeriodRule};
use channelflow_warehouse::{Mode, NewSettlement, NewStatement, StatementFilter, Warehouse};
use futures::FutureExt as _;
use serde::{Deserialize, Serialize};

pub use books::Books;
pub use gates::{Gate, GateKind, GateState};
pub use inputs::Inputs;
pub(crate) use inputs::{back, sha256};
pub use records::{
    FigureKind, Footing, Names, Record, Recorder, Records, Report, Role, Source, ToldBefore,
    stated_for_correction,
};
pub(crate) use tasks::months as months_between;
pub use terms::Terms;
pub use verify::{Verified, verify};

use crate::company::Company;
use crate::folds::{Beside, handed_to_all_cores, on_all_cores, side_by_side};
use crate::settle::build::Settling;
use crate::settle::gates::Measured;
use crate::settle::tasks::{Shared, Task};

/// The quality gates of a month as they stand now.
pub async fn gates_of(
    company: &Company,
    warehouse: &Warehouse,
    period: Period,
) -> anyhow::Result<Vec<Gate>> {
    let inputs = Inputs::load(company, warehouse, period).await?;
    let books = Books::of_statements(warehouse, period).await?;
    let measured = Measured::of_month(warehouse, company.period_rule, period).await?;
    gates::measure(company, warehouse, (&inputs, &measured), &books).await
}

/// What settling is told.
#[derive(Debug, Clone)]
pub struct SettleOptions {
    /// The month.
    pub period: Period,
    /// Who.
    pub who: String,
    /// When, ISO date and time.
    pub at: String,
    /// Stored, or only previewed.
    pub mode: Mode,
    /// Compute also what has not changed.
    pub afresh: bool,
}

/// What settling a month did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettleOutcome {
    /// The computation; `None` for a preview, or when nothing changed.
    pub settlement_id: Option<i64>,
    /// The month.
    pub period: Period,
    /// Quality gates.
    pub gates: Vec<Gate>,
    /// Whether a gate was missed.
    pub provisional: bool,
    /// Whether a missed gate forbade settling: nothing was computed.
    pub refused: bool,
    /// Parties whose statement was computed.
    pub computed: Vec<Computed>,
    /// Drafts whose inputs have not changed.
    pub unchanged: u64,
    /// Statements of the month that are confirmed or paid already.
    pub standing: u64,
    /// Milliseconds by stage.
    pub timings: BTreeMap<String, u64>,
}

/// A statement that was computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Computed {
    /// The party.
    pub party_id: String,
    /// Yuan.
    pub total: Micros,
    /// Lines.
    pub lines: u64,
    /// Lines that are held.
    pub held_lines: i64,
    /// Yuan of corrections of earlier spans in it.
    pub prior: Micros,
}

/// Settles a month.
pub async fn settle(
    company: &Company,
    warehouse: &Warehouse,
    options: &SettleOptions,
) -> anyhow::Result<SettleOutcome> {
    let settled = settle_beside((None, None), company, warehouse, options).await?;
    settled.store(warehouse, options).await
}

/// Statements that are computed and not stored yet.
pub(crate) struct Settled {
    outcome: SettleOutcome,
    statements: Vec<NewStatement>,
    /// Drafts of parties that earn nothing any more.
    withdrawn: Vec<i64>,
    settings_version: i64,
    as_of_load: i64,
    begun: Instant,
}

impl Settled {
    /// Stores them, or finds out that they could be.
    pub(crate) async fn store(
        self,
        warehouse: &Warehouse,
        options: &SettleOptions,
    ) -> anyhow::Result<SettleOutcome> {
        let storing = Instant::now();
        let mut outcome = self.outcome;
        if !self.statements.is_empty() || !self.withdrawn.is_empty() {
            let new = NewSettlement {
                period: options.period,
                at: &options.at,
                who: &options.who,
                settings_version: self.settings_version,
                as_of_load: self.as_of_load,
                provisional: outcome.provisional,
                gates: serde_json::to_value(&outcome.gates)?,
                statements: &self.statements,
                withdrawn: &self.withdrawn,
            };
            let id = warehouse.store_settlement(&new, options.mode).await?;
            outcome.settlement_id = (options.mode == Mode::Commit).then_some(id);
        }
        note(&mut outcome, "storing", storing);
        note(&mut outcome, "total", self.begun);
        Ok(outcome)
    }
}

/// Computes the statements of a month: by its books, if they are open already, and with somebody who
/// looks at the sales that are read.
pub(crate) async fn settle_beside(
    (books, beside): (Option<&Books>, Option<&Beside<'_>>),
    company: &Company,
    warehouse: &Warehouse,
    options: &SettleOptions,
) -> anyhow::Result<Settled> {
    let begun = Instant::now();
    let mut outcome = SettleOutcome {
        settlement_id: None,
        period: options.period,
        gates: Vec::new(),
        provisional: false,
        refused: false,
        computed: Vec::new(),
        unchanged: 0,
        standing: 0,
        timings: BTreeMap::new(),
    };
    let rule = company.period_rule;
    let reading = async {
        futures::try_join!(
            Inputs::load(company, warehouse, options.period).boxed(),
            async { Ok(warehouse.statements(StatementFilter::default()).await?) }.boxed(),
            Measured::of_month(warehouse, rule, options.period).boxed(),
        )
    };
    let (found, mut books) = if let Some(books) = books {
        (reading.await, Cow::Borrowed(books))
    } else {
        // The books are wanted for the policies in any case; targets wait until it is known whose.
        let opening = Books::of_statements(warehouse, options.period);
        let (opened, found) = side_by_side(opening, reading)?;
        (found, Cow::Owned(opened?))
    };
    let (inputs, existing, measured) = found?;
    let terms = &books.terms;
    note(&mut outcome, "inputs", begun);

    let gating = Instant::now();
    outcome.gates = gates::measure(company, warehouse, (&inputs, &measured), &books).await?;
    outcome.provisional = outcome
        .gates
        .iter()
        .any(|gate| gate.state == GateState::Missed);
    outcome.refused =
        outcome.provisional && company.config.settlement.on_missed == OnMissed::Refuse;
    note(&mut outcome, "gates", gating);
    let (settings_version, as_of_load) = (terms.version, inputs.as_of_load);
    if outcome.refused {
        return Ok(Settled {
            outcome,
            statements: Vec::new(),
            withdrawn: Vec::new(),
            settings_version,
            as_of_load,
            begun,
        });
    }

    let computing = Instant::now();
    let due = Due::find(&existing, &inputs, terms, (options, outcome.provisional))?;
    outcome.unchanged = due.unchanged;
    outcome.standing = due.standing;
    note(&mut outcome, "due", computing);

    let computing = Instant::now();
    if let Cow::Owned(opened) = &mut books {
        let parties = due.parties.keys().map(String::as_str).collect();
        opened.add_targets(warehouse, &parties).await?;
    }
    let statements = compute(warehouse, &inputs, (&books, beside), rule, &due)
        .boxed()
        .await?;
    note(&mut outcome, "statements", computing);

    outcome.computed = statements.iter().map(computed).collect();
    Ok(Settled {
        outcome,
        statements,
        withdrawn: due.withdrawn,
        settings_version,
        as_of_load,
        begun,
    })
}

/// What has to be computed.
struct Due {
    /// Tasks of parties whose inputs changed, with the hash of the inputs.
    parties: BTreeMap<String, (String, Vec<Arc<Shared>>)>,
    unchanged: u64,
    standing: u64,
    /// Drafts of parties that earn nothing any more.
    withdrawn: Vec<i64>,
}

impl Due {
    fn find(
        existing: &[StatementHead],
        inputs: &Inputs,
        terms: &Terms,
        (options, provisional): (&SettleOptions, bool),
    ) -> anyhow::Result<Self> {
        let in_force: BTreeMap<&str, &StatementHead> = existing
            .iter()
            .filter(|head| head.period == options.period)
            .filter(|head| head.state.stands() || head.state == StatementState::Draft)
            .map(|head| (head.party_id.as_str(), head))
            .collect();
        let mut due = Due {
            parties: BTreeMap::new(),
            unchanged: 0,
            standing: 0,
            withdrawn: Vec::new(),
        };
        // What a party was told about later months rests on this one as it was told.
        let later: BTreeSet<&String> = existing
            .iter()
            .filter(|head| head.period > options.period && head.state.stands())
            .map(|head| &head.party_id)
            .collect();
        let all = tasks::tasks(inputs, terms);
        let earning: BTreeSet<&String> = all.keys().collect();
        due.withdrawn = in_force
            .values()
            .filter(|head| !head.state.stands() && !earning.contains(&head.party_id))
            .map(|head| head.statement_id)
            .collect();
        let parties: Vec<(&String, &Vec<Arc<Shared>>)> = all.iter().collect();
        let hashes = on_all_cores(&parties, |(party, tasks)| {
            Ok(inputs.hash_of(party, tasks, terms))
        })?;
        for ((party, tasks), hash) in all.into_iter().zip(hashes) {
            match in_force.get(party.as_str()) {
                _ if later.contains(&party) => due.standing += 1,
                Some(head) if head.state.stands() => due.standing += 1,
                Some(head)
                    if head.inputs_hash == hash
                        && head.provisional == provisional
                        && !options.afresh =>
                {
                    due.unchanged += 1;
                }
                _ => {
                    due.parties.insert(party, (hash, tasks));
                }
            }
        }
        Ok(due)
    }
}

/// Computes the statements that are due. Tasks are computed with the books they were settled by.
async fn compute(
    warehouse: &Warehouse,
    inputs: &Inputs,
    (open, beside): (&Books, Option<&Beside<'_>>),
    rule: PeriodRule,
    due: &Due,
) -> anyhow::Result<Vec<NewStatement>> {
    let mut parts = BTreeMap::new();
    let tasks = due
        .parties
        .iter()
        .flat_map(|(party, (_, tasks))| tasks.iter().map(move |it| (party.as_str(), &it.task)));
    let mut by_books: BTreeMap<Option<i64>, Vec<(&str, &Task)>> = BTreeMap::new();
    for (party, task) in tasks {
        by_books.entry(task.books).or_default().push((party, task));
    }
    for (version, tasks) in by_books {
        let read;
        let books = if open.terms.as_of == version {
            open
        } else {
            let mut opened = Books::for_statements(warehouse, version).await?;
            let parties = tasks.iter().map(|(party, _)| *party).collect();
            opened.add_targets(warehouse, &parties).await?;
            read = opened;
            &read
        };
        let settling = Settling {
            warehouse,
            inputs,
            books,
            rule,
            running: false,
            beside,
        };
        for (party, part) in settling.parts(&tasks).await? {
            parts.entry(party).or_insert_with(Vec::new).push(part);
        }
    }
    let owners = due.parties.iter();
    let owners = owners.map(|(party, (hash, _))| {
        let parts = parts.remove(party).unwrap_or_default();
        (party.as_str(), hash.as_str(), parts)
    });
    handed_to_all_cores(owners.collect(), |(party, hash, parts)| {
        build::statement(party, hash, parts)
    })
}

fn computed(statement: &NewStatement) -> Computed {
    let parts = || statement.parts.iter();
    let prior = parts().filter(|part| part.prior);
    Computed {
        party_id: statement.party_id.clone(),
        total: statement.total,
        lines: parts().map(|part| part.lines.len() as u64).sum(),
        held_lines: statement.held_lines,
        prior: Micros(prior.map(|part| part.total.0).sum()),
    }
}

fn note(outcome: &mut SettleOutcome, stage: &str, begun: Instant) {
    let millis = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    outcome.timings.insert(stage.to_owned(), millis);
}
