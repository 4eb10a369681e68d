//! Taking a submission back: every day it last spoke for returns to what stood there before.

use std::collections::BTreeMap;

use channelflow_model::{Day, FlowKind};
use serde::{Deserialize, Serialize};

use crate::database::Tx;
use crate::delivery::Mode;
use crate::ledger::{
    DayKey, DayLog, Ledger, LoadHead, Sums, lock_distributor, read_day, read_snapshot, write_day,
};
use crate::line::{ACCEPTED, DELTA_LATE, Line, insert_lines};
use crate::multiset::Entry;
use crate::submission::{SubmissionState, not_found, read_submission};
use crate::value::{json_list, values};
use crate::{Warehouse, WarehouseError, sql};

/// A day that a later submission replaced, so that undoing leaves it alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaterDay {
    /// Sale, purchase or inventory.
    pub kind: FlowKind,
    /// The day.
    pub day: Day,
    /// The submission it belongs to now.
    pub submission_id: i64,
}

/// What an undo did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoOutcome {
    /// The submission that was taken back.
    pub submission_id: i64,
    /// The load that took it back.
    pub load_id: i64,
    /// Lines of the submission that were closed.
    pub closed: u64,
    /// Lines from before it that stand again.
    pub reopened: u64,
    /// Counter-entries for lines of closed periods.
    pub reversals: u64,
    /// Lines that stand again but count in a later, open period.
    pub late_lines: u64,
    /// Days that went back.
    pub days_restored: u64,
    /// Days left alone.
    pub left_alone: Vec<LaterDay>,
}

impl Warehouse {
    /// Takes a submission back. The file may be loaded again afterwards. Lines that stand again
    /// keep what they resolved to; resolve held names anew afterwards if aliases changed.
    pub async fn undo(
        &self,
        submission_id: i64,
        run_id: Option<i64>,
        at: &str,
        mode: Mode,
    ) -> Result<UndoOutcome, WarehouseError> {
        let mut tx = self.write().await?;
        let outcome = undo_in(&mut tx, submission_id, run_id, at).await?;
        tx.finish(mode).await?;
        Ok(outcome)
    }
}

async fn undo_in(
    tx: &mut Tx,
    submission_id: i64,
    run_id: Option<i64>,
    at: &str,
) -> Result<UndoOutcome, WarehouseError> {
    let submission = read_submission(tx, submission_id)
        .await?
        .ok_or_else(|| not_found(submission_id))?;
    lock_distributor(tx, &submission.distributor_id).await?;
    // Read again under the lock: somebody else may have taken it back meanwhile.
    let submission = read_submission(tx, submission_id)
        .await?
        .ok_or_else(|| not_found(submission_id))?;
    let (Some(delivered_by), false) = (
        submission.load_id,
        submission.state == SubmissionState::Undone,
    ) else {
        return Err(WarehouseError::NothingToUndo {
            submission_id,
            state: submission.state.as_str().to_owned(),
        });
    };
    tx.execute(
        &sql::SET_SUBMISSION_STATE,
        values![submission_id, SubmissionState::Undone.as_str()],
    )
    .await?;
    let head = LoadHead {
        kind: "undo",
        run_id,
        submission_id: Some(submission_id),
        at,
    };
    let mut ledger = Ledger::begin(tx, head).await?;
    let mut outcome = UndoOutcome {
        submission_id,
        load_id: ledger.load_id,
        closed: 0,
        reopened: 0,
        reversals: 0,
        late_lines: 0,
        days_restored: 0,
        left_alone: Vec::new(),
    };
    let distributor_id = submission.distributor_id.as_str();
    let days = tx
        .all(&sql::UNDO_DAYS, values![delivered_by], |row| {
            let _distributor = row.text()?;
            Ok((row.kind()?, row.day()?, row.small::<i32>()?, row.opt_int()?))
        })
        .await?;
    let mut reopened = Vec::new();
    let mut log_rows = Vec::new();
    for (kind, day, business_period, owner) in days {
        if let Some(owner) = owner.filter(|owner| *owner != submission_id) {
            outcome.left_alone.push(LaterDay {
                kind,
                day,
                submission_id: owner,
            });
            continue;
        }
        if owner.is_none() {
            continue;
        }
        let key = DayKey {
            distributor_id,
            kind,
            day: day.number(),
        };
        let target = earlier_day(tx, key, submission_id).await?;
        let log = restore(
            tx,
            &mut ledger,
            key,
            submission_id,
            &target,
            &mut outcome,
            &mut reopened,
        )
        .await?;
        log_rows.push(ledger.day_values(key, business_period, &log));
        outcome.days_restored += 1;
    }
    ledger.fold_opened(distributor_id, &reopened);
    insert_lines(tx, distributor_id, &mut reopened.into_iter().map(Ok)).await?;
    tx.insert_many(&sql::INSERT_LOAD_DAY, log_rows).await?;
    ledger.end(tx).await?;
    Ok(outcome)
}

/// What a day was before a submission, as a difference to what it is.
struct EarlierDay {
    /// The submission it belonged to; `None` when it had never been reported.
    submission_id: Option<i64>,
    /// Lines that are part of it now and were not then.
    gone: BTreeMap<i64, DayLine>,
    /// Lines that were part of it then: to be opened again as copies.
    missing: BTreeMap<i64, DayLine>,
}

#[derive(Clone, Copy)]
struct DayLine {
    submission_id: i64,
    status: i64,
    base_quantity: Option<i64>,
    amount: Option<i64>,
}

/// Steps back from a submission to the newest earlier one that still counts: its own lines go,
/// and what its load took out returns.
async fn earlier_day(
    tx: &mut Tx,
    key: DayKey<'_>,
    submission_id: i64,
) -> Result<EarlierDay, WarehouseError> {
    let mut earlier = EarlierDay {
        submission_id: None,
        gone: BTreeMap::new(),
        missing: BTreeMap::new(),
    };
    let mut stepping = submission_id;
    loop {
        let mut values = values![stepping];
        values.extend(key.values());
        let Some((load_id, previous, state)) = tx
            .first(&sql::UNDO_PREVIOUS, values, |row| {
                Ok((row.int()?, row.opt_int()?, row.opt_text()?))
            })
            .await?
        else {
            return Ok(earlier);
        };
        let mut values = key.values();
        values.extend(values![load_id, stepping]);
        let lines = tx
            .all(&sql::UNDO_LINES, values, |row| {
                let line_id = row.int()?;
                let line = DayLine {
                    submission_id: row.int()?,
                    status: row.int()?,
                    base_quantity: row.opt_int()?,
                    amount: row.opt_int()?,
                };
                Ok((line_id, line, row.flag()?))
            })
            .await?;
        // A line that an earlier step wanted back, and that came with this submission, stays gone.
        earlier
            .missing
            .retain(|_, line| line.submission_id != stepping);
        for (line_id, line, stands) in lines {
            if stands {
                earlier.gone.insert(line_id, line);
            } else {
                earlier.missing.insert(line_id, line);
            }
        }
        earlier.submission_id = previous;
        match previous {
            Some(previous) if state.as_deref() == Some(SubmissionState::Undone.as_str()) => {
                stepping = previous;
            }
            _ => return Ok(earlier),
        }
    }
}

/// Makes a day what it was.
async fn restore(
    tx: &mut Tx,
    ledger: &mut Ledger,
    key: DayKey<'_>,
    undone: i64,
    earlier: &EarlierDay,
    outcome: &mut UndoOutcome,
    reopened: &mut Vec<Line>,
) -> Result<DayLog, WarehouseError> {
    let snapshot = read_snapshot(tx, key)
        .await?
        .ok_or_else(|| WarehouseError::Unreadable {
            what: format!(
                "snapshot of {} {} {}",
                key.distributor_id, key.kind, key.day
            ),
        })?;
    let gone: Vec<i64> = earlier.gone.keys().copied().collect();
    let missing: Vec<i64> = earlier.missing.keys().copied().collect();
    let sums = |lines: &BTreeMap<i64, DayLine>| {
        let mut sums = Sums::default();
        for line in lines.values() {
            sums.add_values(line.status, line.base_quantity, line.amount);
        }
        sums
    };
    let changes = !(gone.is_empty() && missing.is_empty());
    let closed = ledger.close_day(tx, key, &gone).await?;
    let mut feed_inserts = closed.reversals.len() as u64;
    let after = snapshot
        .sums
        .minus(closed.sums)
        .plus(sums(&earlier.missing));
    let mut entries: Vec<Entry> = Vec::new();
    if changes {
        entries = read_day(tx, key).await?;
        entries.retain(|(_, line_id)| !earlier.gone.contains_key(line_id));
        let mut values = key.values();
        values.push(json_list(&missing).into());
        for original in tx.all(&sql::SELECT_LINES, values, Line::read).await? {
            let (booking_period, delta) = ledger.booking_of(original.business_period);
            let copy = Line {
                line_id: ledger.reserve(1)?,
                booking_period,
                delta,
                made_from: Some(original.line_id),
                ..original
            };
            entries.push((copy.content_hash, copy.line_id));
            feed_inserts += u64::from(copy.status == ACCEPTED);
            outcome.reopened += 1;
            outcome.late_lines += u64::from(delta == DELTA_LATE);
            reopened.push(copy);
        }
    }
    entries.sort_unstable();
    outcome.closed += closed.lines;
    outcome.reversals += closed.reversals.len() as u64;
    match earlier.submission_id {
        Some(owner) if changes => write_day(tx, key, owner, &entries, after).await?,
        Some(owner) => {
            let days = json_list([key.day]);
            let values = values![key.distributor_id, key.kind, days, owner];
            tx.execute(&sql::CONFIRM_SNAPSHOT, values).await?;
        }
        None if entries.is_empty() => {
            tx.execute(&sql::DELETE_SNAPSHOT, key.values()).await?;
            tx.execute(&sql::DELETE_DAY_LINES, key.values()).await?;
        }
        None => {
            return Err(WarehouseError::Unreadable {
                what: format!(
                    "{} {} {} had lines before its first submission",
                    key.distributor_id, key.kind, key.day
                ),
            });
        }
    }
    reopened.extend(closed.reversals);
    Ok(DayLog {
        submission_id: earlier.submission_id,
        previous_submission_id: Some(undone),
        feed_deletes: closed.feed_deletes,
        feed_inserts,
        restated: changes,
        added: missing.len() as u64,
        removed: closed.lines,
        modified: 0,
        before: snapshot.sums,
        after,
        days_late: 0,
    })
}
