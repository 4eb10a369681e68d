//! What every load does, whatever its cause: number lines, book them in an open period, close old
//! ones (with a counter-entry where the period is closed), keep the day snapshots, log each day,
//! take a place in the feed.
//!
//! Not here: deciding which lines to open and close (`load`, `undo`, `decision`).

use std::collections::{BTreeMap, BTreeSet};

use channelflow_model::{FlowKind, Micros, Period};
use rustc_hash::FxHashMap;

use crate::database::Tx;
use crate::fold::FoldChanges;
use crate::line::{ACCEPTED, DELTA_LATE, DELTA_NONE, LINES_PER_LOAD, Line};
use crate::multiset::{self, Entry};
use crate::value::{Row, Value, json_list, values};
use crate::{Engine, WarehouseError, sql};

/// The word in `load.kind` of a load that a file caused.
pub(crate) const DELIVERY: &str = "delivery";

/// Why a load happens; the word in `load.kind`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LoadHead<'a> {
    pub kind: &'static str,
    pub run_id: Option<i64>,
    pub submission_id: Option<i64>,
    pub at: &'a str,
}

/// A business day of one distributor and kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DayKey<'a> {
    pub distributor_id: &'a str,
    pub kind: FlowKind,
    pub day: i32,
}

impl DayKey<'_> {
    pub(crate) fn values(&self) -> Vec<Value> {
        values![self.distributor_id, self.kind, self.day]
    }
}

/// State of a day before a load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Snapshot {
    pub submission_id: i64,
    pub day_hash: i64,
    pub line_count: i64,
    pub sums: Sums,
}

/// Sums over accepted lines. Wide, because a file may claim anything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub base_quantity: i128,
    pub amount: i128,
}

impl Sums {
    pub(crate) fn add(&mut self, line: &Line) {
        self.add_values(line.status, line.base_quantity, line.amount);
    }

    pub(crate) fn add_values(&mut self, status: i64, base: Option<i64>, amount: Option<i64>) {
        if status == ACCEPTED {
            self.base_quantity += i128::from(base.unwrap_or(0));
            self.amount += i128::from(amount.unwrap_or(0));
        }
    }

    pub(crate) fn plus(self, other: Sums) -> Sums {
        Sums {
            base_quantity: self.base_quantity + other.base_quantity,
            amount: self.amount + other.amount,
        }
    }

    pub(crate) fn minus(self, other: Sums) -> Sums {
        Sums {
            base_quantity: self.base_quantity - other.base_quantity,
            amount: self.amount - other.amount,
        }
    }
}

/// A sum as stored; one that does not fit stands at the end of the range.
pub(crate) fn stored_sum(sum: i128) -> Micros {
    Micros::from_i128(sum).unwrap_or(Micros(if sum < 0 { i64::MIN } else { i64::MAX }))
}

/// Party, product and lot: what a modified line keeps.
pub(crate) type Subject = (i64, i64, i64);

/// What a load did to a day.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct DayLog {
    pub submission_id: Option<i64>,
    pub previous_submission_id: Option<i64>,
    pub feed_deletes: u64,
    pub feed_inserts: u64,
    pub restated: bool,
    pub added: u64,
    pub removed: u64,
    pub modified: u64,
    pub before: Sums,
    pub after: Sums,
    pub days_late: i64,
}

/// One load in progress.
pub(crate) struct Ledger {
    pub load_id: i64,
    is_delivery: bool,
    next_position: i64,
    closed: BTreeSet<i32>,
    booked: BTreeSet<i32>,
    /// Logged days by distributor, kind and accounting month.
    months: BTreeMap<(String, FlowKind, i32), i64>,
    /// What the fold has to follow.
    pub folds: FoldChanges,
}

impl Ledger {
    /// Begins a load. The distributors must be locked already.
    pub(crate) async fn begin(tx: &mut Tx, head: LoadHead<'_>) -> Result<Self, WarehouseError> {
        // From here on no period can be closed until this load has ended.
        if tx.engine() == Engine::Postgres {
            tx.execute(&sql::SHARE_PERIODS, Vec::new()).await?;
        }
        let closed = tx.all(&sql::CLOSED_PERIODS, Vec::new(), Row::small).await?;
        let load_id = tx
            .integer(
                &sql::INSERT_LOAD,
                values![head.kind, head.run_id, head.submission_id, head.at],
            )
            .await?;
        Ok(Ledger {
            load_id,
            is_delivery: head.kind == DELIVERY,
            next_position: 0,
            closed: closed.into_iter().collect(),
            booked: BTreeSet::new(),
            months: BTreeMap::new(),
            folds: FoldChanges::default(),
        })
    }

    /// Numbers for so many lines; returns the first.
    pub(crate) fn reserve(&mut self, lines: usize) -> Result<i64, WarehouseError> {
        let first = self.next_position;
        let next = i64::try_from(lines)
            .ok()
            .and_then(|lines| first.checked_add(lines));
        self.next_position =
            next.filter(|next| *next <= LINES_PER_LOAD)
                .ok_or(WarehouseError::TooManyLines {
                    most: LINES_PER_LOAD,
                })?;
        Ok(self.load_id * LINES_PER_LOAD + first)
    }

    /// Period a new line of this business period counts in, and its delta: the first open one
    /// that is not before it.
    pub(crate) fn booking_of(&mut self, business_period: i32) -> (i32, i64) {
        let mut booking = business_period;
        while self.closed.contains(&booking) {
            booking =
                Period::from_number(booking).map_or(booking + 1, |period| period.next().number());
        }
        self.booked.insert(booking);
        let delta = if booking == business_period {
            DELTA_NONE
        } else {
            DELTA_LATE
        };
        (booking, delta)
    }

    /// Accounting months that do not move.
    pub(crate) fn closed_periods(&self) -> impl Iterator<Item = i32> {
        self.closed.iter().copied()
    }

    /// Tells the fold of lines that are opened.
    pub(crate) fn fold_opened(&mut self, distributor_id: &str, lines: &[Line]) {
        for line in lines {
            self.folds.opened(distributor_id, line);
        }
    }

    /// Stores the log of one day.
    pub(crate) fn day_values(
        &mut self,
        key: DayKey<'_>,
        business_period: i32,
        log: &DayLog,
    ) -> Vec<Value> {
        let month = (key.distributor_id.to_owned(), key.kind, business_period);
        *self.months.entry(month).or_default() += 1;
        let mut booking = business_period;
        while self.closed.contains(&booking) {
            booking =
                Period::from_number(booking).map_or(booking + 1, |period| period.next().number());
        }
        values![
            self.load_id,
            key.distributor_id,
            key.kind,
            key.day,
            log.submission_id,
            log.previous_submission_id,
            log.feed_deletes,
            log.feed_inserts,
            log.restated,
            business_period,
            booking,
            log.added,
            log.removed,
            log.modified,
            stored_sum(log.before.base_quantity),
            stored_sum(log.after.base_quantity),
            stored_sum(log.before.amount),
            stored_sum(log.after.amount),
            log.days_late,
        ]
    }

    /// The days of each month the load spoke for, and whether it reports that month: the one most of
    /// its days lie in, and every other with half as many of them at least, but none by a single day.
    /// A line of 31 March in the file of April is late, it does not report March. Stock is reported by
    /// any day.
    fn month_values(&self) -> Vec<Vec<Value>> {
        let row = |((distributor, kind, month), days): (&(String, FlowKind, i32), &i64)| {
            let key = |month: i32| (distributor.clone(), *kind, month);
            let file = self.months.range(key(i32::MIN)..=key(i32::MAX));
            let newest = file.clone().next_back().map(|((_, _, month), _)| *month);
            let most = file.map(|(_, days)| *days).max().unwrap_or_default();
            let reports = *kind == FlowKind::Inventory
                || *days > 1 && days * 2 >= most
                || most == 1 && newest == Some(*month);
            let reports = self.is_delivery && reports;
            values![self.load_id, distributor, *kind, *month, *days, reports]
        };
        self.months.iter().map(row).collect()
    }

    /// Ends a load: its periods are known, and it has its place in the feed. Nothing but the
    /// commit may follow, because from here on other loads wait.
    pub(crate) async fn end(mut self, tx: &mut Tx) -> Result<(), WarehouseError> {
        std::mem::take(&mut self.folds).write(tx).await?;
        let months = self.month_values();
        tx.insert_many(&sql::INSERT_LOAD_MONTH, months).await?;
        for period in &self.booked {
            tx.execute(&sql::KNOW_PERIOD, values![*period]).await?;
        }
        let seq = tx.integer(&sql::TICK_FEED, Vec::new()).await?;
        tx.execute(&sql::SET_LOAD_SEQ, values![seq, self.load_id])
            .await?;
        Ok(())
    }
}

/// Makes loads of one distributor take turns until their transactions end.
pub(crate) async fn lock_distributor(
    tx: &mut Tx,
    distributor_id: &str,
) -> Result<(), WarehouseError> {
    tx.execute(&sql::TAKE_TURN, values![distributor_id]).await?;
    Ok(())
}

/// State of a day, if it was ever reported.
pub(crate) async fn read_snapshot(
    tx: &mut Tx,
    key: DayKey<'_>,
) -> Result<Option<Snapshot>, WarehouseError> {
    let found = read_snapshots(tx, key.distributor_id, key.kind, key.day, key.day).await?;
    Ok(found.into_values().next())
}

/// State of every reported day between two days, both included.
pub(crate) async fn read_snapshots(
    tx: &mut Tx,
    distributor_id: &str,
    kind: FlowKind,
    first: i32,
    last: i32,
) -> Result<BTreeMap<i32, Snapshot>, WarehouseError> {
    let values = values![distributor_id, kind, first, last];
    let rows = tx
        .all(&sql::SELECT_SNAPSHOTS, values, |row| {
            let day: i32 = row.small()?;
            let snapshot = Snapshot {
                submission_id: row.int()?,
                day_hash: row.int()?,
                line_count: row.int()?,
                sums: Sums {
                    base_quantity: row.int()?.into(),
                    amount: row.int()?.into(),
                },
            };
            Ok((day, snapshot))
        })
        .await?;
    Ok(rows.into_iter().collect())
}

/// The current multiset of a day; empty when there is none.
pub(crate) async fn read_day(tx: &mut Tx, key: DayKey<'_>) -> Result<Vec<Entry>, WarehouseError> {
    let mut days = read_days(tx, key.distributor_id, key.kind, &[key.day]).await?;
    Ok(days.remove(&key.day).unwrap_or_default())
}

/// The current multisets of these days; days without one are left out.
pub(crate) async fn read_days(
    tx: &mut Tx,
    distributor_id: &str,
    kind: FlowKind,
    days: &[i32],
) -> Result<BTreeMap<i32, Vec<Entry>>, WarehouseError> {
    if days.is_empty() {
        return Ok(BTreeMap::new());
    }
    let values = values![distributor_id, kind, json_list(days)];
    let found = tx
        .all(&sql::SELECT_DAY_LINES, values, |row| {
            let day: i32 = row.small()?;
            let entries =
                multiset::unpack(&row.blob()?).ok_or_else(|| WarehouseError::Unreadable {
                    what: format!("day_lines of {distributor_id} {kind} {day}"),
                })?;
            Ok((day, entries))
        })
        .await?;
    Ok(found.into_iter().collect())
}

/// Stores the multiset of a day that changed. `entries` must be sorted.
pub(crate) async fn write_day(
    tx: &mut Tx,
    key: DayKey<'_>,
    submission_id: i64,
    entries: &[Entry],
    sums: Sums,
) -> Result<(), WarehouseError> {
    let mut changed = ChangedDays::default();
    changed.add(key, submission_id, entries, sums);
    changed.write(tx).await
}

/// Multisets of days that changed, to be stored together.
#[derive(Default)]
pub(crate) struct ChangedDays {
    snapshots: Vec<Vec<Value>>,
    lines: Vec<Vec<Value>>,
}

impl ChangedDays {
    /// Adds a day. `entries` must be sorted.
    pub(crate) fn add(
        &mut self,
        key: DayKey<'_>,
        submission_id: i64,
        entries: &[Entry],
        sums: Sums,
    ) {
        let mut snapshot = key.values();
        snapshot.extend(values![
            submission_id,
            multiset::hash_of(entries.iter().map(|(hash, _)| *hash)),
            entries.len() as u64,
            stored_sum(sums.base_quantity),
            stored_sum(sums.amount),
        ]);
        self.snapshots.push(snapshot);
        let mut lines = key.values();
        lines.push(multiset::pack(entries).into());
        self.lines.push(lines);
    }

    /// Stores them.
    pub(crate) async fn write(self, tx: &mut Tx) -> Result<(), WarehouseError> {
        tx.insert_many(&sql::UPSERT_SNAPSHOT, self.snapshots)
            .await?;
        tx.insert_many(&sql::UPSERT_DAY_LINES, self.lines).await
    }
}

/// Number of lines that changed but kept party, product and lot.
pub(crate) fn modified_among(
    removed: &FxHashMap<Subject, u64>,
    added: &FxHashMap<Subject, u64>,
) -> u64 {
    removed
        .iter()
        .map(|(subject, count)| (*count).min(added.get(subject).copied().unwrap_or(0)))
        .sum()
}
