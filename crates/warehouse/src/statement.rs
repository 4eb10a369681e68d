//! Statements: stored once as drafts, then only their state moves on. What was computed anew
//! supersedes a draft; a confirmed statement is never touched.
//!
//! Not here: what a statement says (`settle`) and when it may be confirmed (`pipeline`).

mod insert;
mod read;

use std::collections::BTreeMap;

use channelflow_model::statement::{
    Settlement, Statement, StatementHead, StatementPart, StatementState,
};
use channelflow_model::{Micros, Period};
use serde::{Deserialize, Serialize};

use self::insert::{insert_bodies, insert_heads};
use self::read::{read_head, read_line, read_part, read_settlement, read_state};
use crate::database::Tx;
use crate::delivery::Mode;
use crate::value::{Row, json_list, values};
use crate::{Warehouse, WarehouseError, sql};

/// Statements whose bodies are stored together: few statements of SQL, and not all texts at once.
const TOGETHER: usize = 100;

/// A computation of a month's statements, to be stored.
#[derive(Debug, Clone)]
pub struct NewSettlement<'s> {
    /// The month.
    pub period: Period,
    /// When, ISO date and time.
    pub at: &'s str,
    /// Who.
    pub who: &'s str,
    /// Version of the settlement's master data; 0: none.
    pub settings_version: i64,
    /// Loads up to this one are in it.
    pub as_of_load: i64,
    /// Whether a quality gate was missed.
    pub provisional: bool,
    /// Quality gates, JSON.
    pub gates: serde_json::Value,
    /// What was computed anew, one per party.
    pub statements: &'s [NewStatement],
    /// Drafts that nothing is stated for any more.
    pub withdrawn: &'s [i64],
}

/// A statement to be stored as a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStatement {
    /// The party.
    pub party_id: String,
    /// Yuan.
    pub total: Micros,
    /// Lines that are held.
    pub held_lines: i64,
    /// SHA-256 of everything it says.
    pub content_hash: String,
    /// Hash of everything it was computed from.
    pub inputs_hash: String,
    /// Its parts.
    pub parts: Vec<StatementPart>,
}

/// Which statements are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct StatementFilter<'f> {
    /// One month.
    pub period: Option<Period>,
    /// One party.
    pub party_id: Option<&'f str>,
    /// One state; without one all but superseded drafts.
    pub state: Option<StatementState>,
}

/// What a party was told for one span of one policy, in one statement that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated {
    /// The party.
    pub party_id: String,
    /// Month of the statement.
    pub period: Period,
    /// The statement.
    pub statement_id: i64,
    /// The policy, `id@version`.
    pub policy: String,
    /// First month of the span.
    pub first: Period,
    /// Last month of it.
    pub last: Period,
    /// Whether it was a difference.
    pub prior: bool,
    /// Yuan.
    pub total: Micros,
    /// Yuan kept back by the floor.
    pub carry: Micros,
    /// Yuan by reward, what was taken off for being told before included.
    pub rewards: BTreeMap<String, Micros>,
    /// Hash of the records it rests on.
    pub records_hash: String,
    /// Version of the settlement's master data it was computed with.
    pub settings_version: i64,
}

/// A move of a statement's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementEvent {
    /// The state it moved to.
    pub state: StatementState,
    /// Who.
    pub who: String,
    /// When, ISO date and time.
    pub at: String,
    /// Why.
    pub note: String,
}

impl Warehouse {
    /// Number of the newest load: what is computed now has everything up to it.
    pub async fn newest_load(&self) -> Result<i64, WarehouseError> {
        let mut tx = self.read().await?;
        tx.integer(&sql::NEWEST_LOAD, Vec::new()).await
    }

    /// Stores a computation: new drafts supersede the drafts of the same parties and month. A
    /// statement that was confirmed since it was computed stands; nothing new is stored beside it.
    /// Returns its number.
    pub async fn store_settlement(
        &self,
        new: &NewSettlement<'_>,
        mode: Mode,
    ) -> Result<i64, WarehouseError> {
        let mut tx = self.write().await?;
        let settlement_id = tx
            .integer(
                &sql::INSERT_SETTLEMENT,
                values![
                    new.period,
                    new.at,
                    new.who,
                    new.settings_version,
                    new.as_of_load,
                    new.provisional,
                    new.gates.to_string(),
                ],
            )
            .await?;
        let heads = select_heads(
            &mut tx,
            StatementFilter {
                period: Some(new.period),
                ..StatementFilter::default()
            },
        )
        .await?;
        let in_state = |asked: fn(StatementState) -> bool| -> BTreeMap<&str, i64> {
            let heads = heads.iter().filter(|head| asked(head.state));
            heads
                .map(|head| (head.party_id.as_str(), head.statement_id))
                .collect()
        };
        let drafts = in_state(|state| state == StatementState::Draft);
        let standing = in_state(StatementState::stands);
        let replaced = new
            .statements
            .iter()
            .filter_map(|statement| drafts.get(statement.party_id.as_str()));
        let withdrawn = new.withdrawn.iter();
        let withdrawn = withdrawn.filter(|id| drafts.values().any(|draft| draft == *id));
        let superseded = StatementState::Superseded;
        let replaced: Vec<i64> = replaced.chain(withdrawn).copied().collect();
        move_to(&mut tx, &replaced, superseded, new.who, new.at, "").await?;
        let open = |it: &&NewStatement| !standing.contains_key(it.party_id.as_str());
        let open: Vec<&NewStatement> = new.statements.iter().filter(open).collect();
        let numbered = insert_heads(&mut tx, settlement_id, new, &open).await?;
        for statements in numbered.chunks(TOGETHER) {
            insert_bodies(&mut tx, statements).await?;
        }
        tx.finish(mode).await?;
        Ok(settlement_id)
    }

    /// Statements, by month and party.
    pub async fn statements(
        &self,
        filter: StatementFilter<'_>,
    ) -> Result<Vec<StatementHead>, WarehouseError> {
        select_heads(&mut self.read().await?, filter).await
    }

    /// A whole statement, by its number for people or in the warehouse.
    pub async fn statement(&self, number: &str) -> Result<Statement, WarehouseError> {
        let mut tx = self.read().await?;
        let id = id_of(&mut tx, number).await?;
        let head = head_of(&mut tx, id).await?;
        let mut parts = tx
            .all(&sql::SELECT_STATEMENT_PARTS, values![id], read_part)
            .await?;
        let lines = tx
            .all(&sql::SELECT_STATEMENT_LINES, values![id], read_line)
            .await?;
        for (part_no, line) in lines {
            if let Some(part) = parts.iter_mut().find(|part| part.part_no == part_no) {
                part.lines.push(line);
            }
        }
        Ok(Statement { head, parts })
    }

    /// How the state of a statement moved.
    pub async fn statement_events(
        &self,
        statement_id: i64,
    ) -> Result<Vec<StatementEvent>, WarehouseError> {
        let mut tx = self.read().await?;
        let read = |row: &mut Row| {
            Ok(StatementEvent {
                state: read_state(row)?,
                who: row.text()?,
                at: row.text()?,
                note: row.text()?,
            })
        };
        let values = values![statement_id];
        tx.all(&sql::SELECT_STATEMENT_EVENTS, values, read).await
    }

    /// A computation.
    pub async fn settlement(&self, settlement_id: i64) -> Result<Settlement, WarehouseError> {
        let mut tx = self.read().await?;
        let values = values![settlement_id];
        let found = tx.first(&sql::SELECT_SETTLEMENT, values, read_settlement);
        found.await?.ok_or_else(|| WarehouseError::NotFound {
            what: "settlement",
            id: settlement_id.to_string(),
        })
    }

    /// The newest computation of a month.
    pub async fn latest_settlement(
        &self,
        period: Period,
    ) -> Result<Option<Settlement>, WarehouseError> {
        let mut tx = self.read().await?;
        let values = values![period];
        let found = tx.first(&sql::LATEST_SETTLEMENT, values, read_settlement);
        found.await
    }

    /// Moves a statement on: a draft to confirmed, a confirmed one to paid, either of the last two
    /// to reversed. Anything else is refused.
    pub async fn move_statement(
        &self,
        number: &str,
        state: StatementState,
        who: &str,
        at: &str,
        note: &str,
        mode: Mode,
    ) -> Result<StatementHead, WarehouseError> {
        let mut tx = self.write().await?;
        let id = id_of(&mut tx, number).await?;
        let head = head_of(&mut tx, id).await?;
        let allowed = matches!(
            (head.state, state),
            (StatementState::Draft, StatementState::Confirmed)
                | (StatementState::Confirmed, StatementState::Paid)
                | (
                    StatementState::Confirmed | StatementState::Paid,
                    StatementState::Reversed
                )
        );
        if !allowed {
            return Err(WarehouseError::WrongStatementState {
                number: head.number,
                found: head.state,
                asked: state,
            });
        }
        if state != StatementState::Paid {
            in_order(&mut tx, &head, state).await?;
        }
        move_to(&mut tx, &[id], state, who, at, note).await?;
        let head = head_of(&mut tx, id).await?;
        tx.finish(mode).await?;
        Ok(head)
    }

    /// What parties were told for spans that end in or after `since`, in statements of months
    /// before `before`; by party, policy, span and month.
    pub async fn stated(
        &self,
        since: Period,
        before: Period,
    ) -> Result<Vec<Stated>, WarehouseError> {
        let mut tx = self.read().await?;
        let mut rewards: BTreeMap<(i64, i64), BTreeMap<String, Micros>> = BTreeMap::new();
        let asked = values![since, before];
        let read = |row: &mut Row| Ok(((row.int()?, row.int()?), row.text()?, row.micros()?));
        let lines = tx.all_packed((&sql::SELECT_STATED_REWARDS, 4), asked.clone(), read);
        for (part, name, amount) in lines.await? {
            let sum = rewards.entry(part).or_default().entry(name).or_default();
            *sum = Micros(sum.0.saturating_add(amount.0));
        }
        let read = |row: &mut Row| {
            let (party_id, period, statement_id) = (row.text()?, row.period()?, row.int()?);
            let part_no = row.int()?;
            let rewards = rewards.get(&(statement_id, part_no)).cloned();
            let stated = Stated {
                party_id,
                period,
                statement_id,
                rewards: rewards.unwrap_or_default(),
                policy: row.text()?,
                first: row.period()?,
                last: row.period()?,
                prior: row.flag()?,
                total: row.micros()?,
                carry: row.micros()?,
                records_hash: row.text()?,
                settings_version: row.int()?,
            };
            Ok((part_no, stated))
        };
        let mut stated = tx
            .all_packed((&sql::SELECT_STATED, 12), asked, read)
            .await?;
        stated.sort_by(|(a_no, a), (b_no, b)| {
            let by_span = (&a.party_id, &a.policy, a.last, a.period);
            by_span
                .cmp(&(&b.party_id, &b.policy, b.last, b.period))
                .then(a_no.cmp(b_no))
        });
        Ok(stated.into_iter().map(|(_, stated)| stated).collect())
    }

    /// Policies that a statement which stands rests on, `id@version`: they are never edited.
    pub async fn used_policies(&self) -> Result<Vec<String>, WarehouseError> {
        let mut tx = self.read().await?;
        let policies = tx.all(&sql::SELECT_USED_POLICIES, Vec::new(), Row::text);
        policies.await
    }
}

/// Moves statements to a state.
async fn move_to(
    tx: &mut Tx,
    statements: &[i64],
    state: StatementState,
    who: &str,
    at: &str,
    note: &str,
) -> Result<(), WarehouseError> {
    if statements.is_empty() {
        return Ok(());
    }
    let values = values![json_list(statements), state.as_str(), who, at, note];
    tx.execute(&sql::SET_STATEMENT_STATES, values.clone())
        .await?;
    tx.execute(&sql::INSERT_STATEMENT_EVENTS, values).await?;
    Ok(())
}

/// A month rests on what the party was told about the months before: months are confirmed in
/// order, and taken back in the opposite one.
async fn in_order(
    tx: &mut Tx,
    head: &StatementHead,
    state: StatementState,
) -> Result<(), WarehouseError> {
    let filter = StatementFilter {
        party_id: Some(&head.party_id),
        ..StatementFilter::default()
    };
    for other in select_heads(tx, filter).await? {
        let later = other.period > head.period && other.state.stands();
        let earlier = other.period < head.period && other.state == StatementState::Draft;
        if later || earlier && state == StatementState::Confirmed {
            return Err(WarehouseError::StatementOrder {
                number: head.number.clone(),
                other: other.number,
                found: other.state,
            });
        }
    }
    Ok(())
}

async fn id_of(tx: &mut Tx, number: &str) -> Result<i64, WarehouseError> {
    let found = match number.parse::<i64>() {
        Ok(id) => Some(id),
        Err(_) => {
            tx.first(&sql::STATEMENT_BY_NUMBER, values![number], Row::int)
                .await?
        }
    };
    found.ok_or_else(|| no_statement(number))
}

fn no_statement(number: &str) -> WarehouseError {
    WarehouseError::NotFound {
        what: "statement",
        id: number.to_owned(),
    }
}

async fn head_of(tx: &mut Tx, id: i64) -> Result<StatementHead, WarehouseError> {
    tx.first(&sql::SELECT_STATEMENT, values![id], read_head)
        .await?
        .ok_or_else(|| no_statement(&id.to_string()))
}

async fn select_heads(
    tx: &mut Tx,
    filter: StatementFilter<'_>,
) -> Result<Vec<StatementHead>, WarehouseError> {
    let values = values![
        filter.period.map(Period::number),
        filter.party_id,
        filter.state.map(StatementState::as_str),
    ];
    let heads = tx.all_packed((&sql::SELECT_STATEMENTS, 14), values, read_head);
    let mut heads = heads.await?;
    heads.sort_by(|a, b| {
        let by_party = (a.period, &a.party_id).cmp(&(b.period, &b.party_id));
        by_party.then(a.statement_id.cmp(&b.statement_id))
    });
    Ok(heads)
}
