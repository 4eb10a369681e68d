//! Resolving stored lines anew after aliases or master data changed, without reading a file.
//!
//! The warehouse hands the lines out as flow tables, the caller resolves them with the same code
//! as a delivery, and what came out differently is replaced: the old line is closed and a copy
//! with the new answer opened, in one transaction. Not here: how a name is resolved.

use std::collections::{BTreeMap, BTreeSet};

use channelflow_model::flow::ResolvedTable;
use channelflow_model::{Day, FlowKind, FlowTable};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::database::Tx;
use crate::delivery::Mode;
use crate::incoming::check_lengths;
use crate::ledger::{
    DayKey, DayLog, Ledger, LoadHead, Sums, lock_distributor, read_day, read_snapshot, write_day,
};
use crate::line::{ACCEPTED, DELTA_LATE, HELD, Line, Matched, insert_lines, status_of};
use crate::value::{Row, json_list, values};
use crate::{Warehouse, WarehouseError, sql, stored};

/// Stored lines of one distributor and kind in the form a delivery had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTable {
    /// Whose lines.
    pub distributor_id: String,
    /// Numbers of the lines, one per line of `flow`.
    pub line_ids: Vec<i64>,
    /// The lines. `hold` has only the reasons that a line's own cells gave; reasons of resolving
    /// and checking are left out, so that they are found anew. `sheets` is empty.
    pub flow: FlowTable,
}

/// The same lines resolved anew.
#[derive(Debug, Clone)]
pub struct Reresolved {
    /// Whose lines.
    pub distributor_id: String,
    /// Numbers of the lines, as handed out.
    pub line_ids: Vec<i64>,
    /// What they resolve to now.
    pub table: ResolvedTable,
}

/// Why lines were resolved anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A person decided about names.
    Decision,
    /// Master data were imported.
    Master,
}

/// What resolving anew did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionOutcome {
    /// The load; `None` when nothing changed.
    pub load_id: Option<i64>,
    /// Lines that now count.
    pub accepted: u64,
    /// Lines that no longer count and are held.
    pub held: u64,
    /// Lines that are now left out.
    pub ignored: u64,
    /// Accepted lines with another customer, product or base quantity.
    pub changed: u64,
    /// Lines with the same answer as before.
    pub unchanged: u64,
    /// Lines that were replaced by somebody else since they were handed out; left alone.
    pub gone: u64,
    /// Counter-entries for lines of closed periods.
    pub reversals: u64,
    /// New copies that count in a later, open period.
    pub late_lines: u64,
}

impl Warehouse {
    /// All held and ignored lines, of one distributor or of all: one table per distributor and
    /// kind. Call it per distributor to keep memory small.
    pub async fn held_tables(
        &self,
        distributor_id: Option<&str>,
    ) -> Result<Vec<StoredTable>, WarehouseError> {
        let mut tx = self.read().await?;
        let mut tables = Vec::new();
        for distributor in distributors(&mut tx, distributor_id).await? {
            let values = values![&distributor];
            let lines = tx.all(&sql::SELECT_WAITING, values, Line::read).await?;
            tables.extend(stored::tables(&mut tx, &distributor, lines).await?);
        }
        Ok(tables)
    }

    /// All stored lines of one distributor, for resolving everything anew.
    pub async fn current_tables(
        &self,
        distributor_id: &str,
    ) -> Result<Vec<StoredTable>, WarehouseError> {
        let mut tx = self.read().await?;
        let values = values![distributor_id];
        let lines = tx.all(&sql::SELECT_CURRENT, values, Line::read).await?;
        stored::tables(&mut tx, distributor_id, lines).await
    }

    /// Every distributor that ever loaded something.
    pub async fn loaders(&self) -> Result<Vec<String>, WarehouseError> {
        distributors(&mut self.read().await?, None).await
    }

    /// Replaces every line whose answer differs. `at` is an ISO date and time.
    pub async fn apply_resolutions(
        &self,
        cause: Cause,
        tables: &[Reresolved],
        run_id: Option<i64>,
        at: &str,
        mode: Mode,
    ) -> Result<DecisionOutcome, WarehouseError> {
        let mut tx = self.write().await?;
        let owners: BTreeSet<&str> = tables
            .iter()
            .map(|table| table.distributor_id.as_str())
            .collect();
        for owner in owners {
            lock_distributor(&mut tx, owner).await?;
        }
        let mut decision = Decision::default();
        decision.replace(&mut tx, cause, tables, run_id, at).await?;
        let outcome = decision.end(&mut tx).await?;
        tx.finish(mode).await?;
        Ok(outcome)
    }
}

/// A decision being carried out: its load begins with the first line that changes.
#[derive(Default)]
pub(crate) struct Decision {
    ledger: Option<Ledger>,
    outcome: DecisionOutcome,
    seen: BTreeSet<(String, FlowKind)>,
}

impl Decision {
    /// Replaces every line whose answer differs. The distributors must be locked already.
    pub(crate) async fn replace(
        &mut self,
        tx: &mut Tx,
        cause: Cause,
        tables: &[Reresolved],
        run_id: Option<i64>,
        at: &str,
    ) -> Result<(), WarehouseError> {
        let head = LoadHead {
            kind: match cause {
                Cause::Decision => "decision",
                Cause::Master => "master",
            },
            run_id,
            submission_id: None,
            at,
        };
        for table in tables {
            let kind = table.table.flow.kind;
            if !self.seen.insert((table.distributor_id.clone(), kind)) {
                return Err(WarehouseError::Misuse {
                    what: format!(
                        "two tables of {} {kind} in one decision",
                        table.distributor_id
                    ),
                });
            }
            replace_in(tx, &mut self.ledger, &head, table, &mut self.outcome).await?;
        }
        Ok(())
    }

    /// Ends the load, if there is one.
    pub(crate) async fn end(mut self, tx: &mut Tx) -> Result<DecisionOutcome, WarehouseError> {
        if let Some(ledger) = self.ledger.take() {
            self.outcome.load_id = Some(ledger.load_id);
            ledger.end(tx).await?;
        }
        Ok(self.outcome)
    }
}

pub(crate) async fn distributors(
    tx: &mut Tx,
    only: Option<&str>,
) -> Result<Vec<String>, WarehouseError> {
    match only {
        Some(distributor_id) => Ok(vec![distributor_id.to_owned()]),
        None => tx.all(&sql::SELECT_LOADERS, Vec::new(), Row::text).await,
    }
}

/// One table: day by day, the lines whose answer differs are closed and copied.
async fn replace_in(
    tx: &mut Tx,
    load: &mut Option<Ledger>,
    head: &LoadHead<'_>,
    table: &Reresolved,
    outcome: &mut DecisionOutcome,
) -> Result<(), WarehouseError> {
    let flow = &table.table.flow;
    let answers = Answers::new(&table.table, &table.line_ids)?;
    let mut days: BTreeMap<Day, Vec<(i64, u32)>> = BTreeMap::new();
    for ((day, line_id), position) in flow.day.iter().zip(&table.line_ids).zip(0..) {
        days.entry(*day).or_default().push((*line_id, position));
    }
    let mut opened = Vec::new();
    let mut log_rows = Vec::new();
    for (day, members) in days {
        let key = DayKey {
            distributor_id: &table.distributor_id,
            kind: flow.kind,
            day: day.number(),
        };
        let positions: FxHashMap<i64, u32> = members.iter().copied().collect();
        let mut values = key.values();
        values.push(json_list(positions.keys()).into());
        let standing = tx.all(&sql::SELECT_STANDING, values, Line::read).await?;
        outcome.gone += (members.len() - standing.len()) as u64;
        let mut copies: Vec<(Line, Line)> = Vec::new();
        for old in standing {
            let position = positions.get(&old.line_id).copied();
            let new = position.and_then(|position| answers.applied(position, &old));
            let new = new.ok_or_else(|| WarehouseError::Misuse {
                what: format!("line {} is not in its own table", old.line_id),
            })?;
            if same_answer(&old, &new) {
                outcome.unchanged += 1;
            } else {
                copies.push((old, new));
            }
        }
        if copies.is_empty() {
            continue;
        }
        let ledger = match load {
            Some(ledger) => ledger,
            None => load.insert(Ledger::begin(tx, *head).await?),
        };
        let (business_period, log) =
            settle_day(tx, ledger, key, copies, &mut opened, outcome).await?;
        log_rows.push(ledger.day_values(key, business_period, &log));
    }
    if let Some(ledger) = load {
        ledger.fold_opened(&table.distributor_id, &opened);
    }
    insert_lines(tx, &table.distributor_id, &mut opened.into_iter().map(Ok)).await?;
    tx.insert_many(&sql::INSERT_LOAD_DAY, log_rows).await
}

/// Replaces lines of one day. The content of the day stays; its line numbers change.
async fn settle_day(
    tx: &mut Tx,
    ledger: &mut Ledger,
    key: DayKey<'_>,
    copies: Vec<(Line, Line)>,
    opened: &mut Vec<Line>,
    outcome: &mut DecisionOutcome,
) -> Result<(i32, DayLog), WarehouseError> {
    let lost = || WarehouseError::Unreadable {
        what: format!(
            "snapshot of {} {} {}",
            key.distributor_id, key.kind, key.day
        ),
    };
    let snapshot = read_snapshot(tx, key).await?.ok_or_else(lost)?;
    let business_period = copies.first().map_or(0, |(old, _)| old.business_period);
    let gone: Vec<i64> = copies.iter().map(|(old, _)| old.line_id).collect();
    let closed = ledger.close_day(tx, key, &gone).await?;
    let mut numbers: FxHashMap<i64, i64> = FxHashMap::default();
    let mut sums = Sums::default();
    let mut feed_inserts = closed.reversals.len() as u64;
    for (old, mut new) in copies {
        (new.booking_period, new.delta) = ledger.booking_of(old.business_period);
        new.line_id = ledger.reserve(1)?;
        new.made_from = Some(old.line_id);
        numbers.insert(old.line_id, new.line_id);
        sums.add(&new);
        feed_inserts += u64::from(new.status == ACCEPTED);
        outcome.late_lines += u64::from(new.delta == DELTA_LATE);
        match (old.status, new.status) {
            (ACCEPTED, ACCEPTED) => outcome.changed += 1,
            (_, ACCEPTED) => outcome.accepted += 1,
            (_, HELD) => outcome.held += 1,
            _ => outcome.ignored += 1,
        }
        opened.push(new);
    }
    outcome.reversals += closed.reversals.len() as u64;
    let mut entries = read_day(tx, key).await?;
    for (_, line_id) in &mut entries {
        if let Some(new) = numbers.remove(line_id) {
            *line_id = new;
        }
    }
    if !numbers.is_empty() {
        return Err(lost());
    }
    entries.sort_unstable();
    let after = snapshot.sums.minus(closed.sums).plus(sums);
    write_day(tx, key, snapshot.submission_id, &entries, after).await?;
    let log = DayLog {
        submission_id: Some(snapshot.submission_id),
        previous_submission_id: Some(snapshot.submission_id),
        feed_deletes: closed.feed_deletes,
        feed_inserts,
        before: snapshot.sums,
        after,
        ..DayLog::default()
    };
    opened.extend(closed.reversals);
    Ok((business_period, log))
}

fn same_answer(old: &Line, new: &Line) -> bool {
    old.status == new.status
        && old.hold_reason == new.hold_reason
        && old.customer == new.customer
        && old.product == new.product
        && old.base_quantity == new.base_quantity
}

/// The new answers of a table.
struct Answers<'t> {
    table: &'t ResolvedTable,
    matches: Vec<Matched>,
}

impl<'t> Answers<'t> {
    fn new(table: &'t ResolvedTable, line_ids: &[i64]) -> Result<Self, WarehouseError> {
        check_lengths(table)?;
        if line_ids.len() != table.flow.len() {
            return Err(WarehouseError::Misuse {
                what: format!("{} numbers for {} lines", line_ids.len(), table.flow.len()),
            });
        }
        let matches = table
            .matches
            .iter()
            .map(|found| Matched::new(found.as_ref()))
            .collect();
        Ok(Answers { table, matches })
    }

    /// The old line with the new answer.
    fn applied(&self, position: u32, old: &Line) -> Option<Line> {
        let at = position as usize;
        let (status, reason) = status_of(*self.table.disposition.get(at)?);
        Some(Line {
            status,
            hold_reason: reason.map(|reason| reason.as_str().into()),
            customer: self
                .matches
                .get(*self.table.customer.get(at)? as usize)?
                .clone(),
            product: self
                .matches
                .get(*self.table.matched_product.get(at)? as usize)?
                .clone(),
            base_quantity: self.table.base_quantity.get(at)?.map(|base| base.0),
            flags: self.table.flow.flags.get(at)?.0.into(),
            ..old.clone()
        })
    }
}
