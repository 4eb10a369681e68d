//! One kind of lines of one delivery: every day it speaks for is compared with what is stored, and
//! only the difference is written.

use std::collections::BTreeMap;

use channelflow_model::flow::ResolvedTable;
use channelflow_model::{Day, DayRange, Disposition, FlowKind, FlowTable, Period, PeriodRule};

use crate::closing::Closed;
use crate::crash::crash_point;
use crate::database::Tx;
use crate::delivery::{KindOutcome, LineClasses, Restatement};
use crate::incoming::{Incoming, LineOrder};
use crate::ledger::{
    ChangedDays, DayKey, DayLog, Ledger, Snapshot, Sums, modified_among, read_days, read_snapshots,
    stored_sum,
};
use crate::line::{DELTA_LATE, insert_lines};
use crate::multiset::{self, Difference, Entry, hash_of};
use crate::opening::{ChangedDay, NewLines, Opened};
use crate::value::{Row, json_list, values};
use crate::{WarehouseError, sql};

/// The delivery the lines came with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival<'a> {
    pub distributor_id: &'a str,
    pub submission_id: i64,
    pub received_at: &'a str,
    pub period_rule: PeriodRule,
}

/// Day, content hash and position of a line, sorted.
type Sorted = [(i32, i64, u32)];

/// A declared range longer than this is taken by the days that occur or are stored: it is a
/// mistake or a history, and empty days of it mean nothing.
pub(crate) const LONGEST_RANGE: i64 = 400;

/// Days of a table, compared with what is stored.
#[derive(Default)]
struct Compared {
    changed: Vec<ChangedDay>,
    /// Days that are stored like this already.
    confirmed: Vec<(Day, Snapshot)>,
}

impl Compared {
    /// Stored lines that the delivery has too.
    fn kept(&self) -> u64 {
        let changed: usize = self
            .changed
            .iter()
            .map(|day| day.difference.kept.len())
            .sum();
        let confirmed: i64 = self.confirmed.iter().map(|(_, day)| day.line_count).sum();
        changed as u64 + u64::try_from(confirmed).unwrap_or(0)
    }
}

/// Stores one table. Returns what was done and the days that had been reported differently.
pub(crate) async fn store(
    tx: &mut Tx,
    ledger: &mut Ledger,
    arrival: Arrival<'_>,
    table: &ResolvedTable,
    order: Option<&LineOrder>,
) -> Result<(KindOutcome, Vec<Restatement>), WarehouseError> {
    let flow = &table.flow;
    let incoming = Incoming::new(table, order, arrival.period_rule, arrival.submission_id)?;
    let compared = compare(tx, ledger, arrival, &incoming).await?;
    let mut outcome = outcome_of(table, &compared);

    let added = compared
        .changed
        .iter()
        .flat_map(|day| day.difference.added.iter().copied());
    for (statement, rows) in incoming.dictionaries(arrival.distributor_id, added) {
        tx.insert_many(statement, rows).await?;
    }
    crash_point("after_dictionaries");
    let owner = arrival.distributor_id;
    let mut lines = NewLines::new(&incoming, owner, &compared.changed, &mut ledger.folds);
    insert_lines(tx, owner, &mut lines).await?;
    let opened = lines.opened;
    crash_point("after_lines");

    let mut restatements = Vec::new();
    let mut reversals = Vec::new();
    let mut log_rows = Vec::new();
    let mut settled = ChangedDays::default();
    let removed = removed_lines(&compared.changed);
    let mut closed = ledger
        .close_lines(tx, arrival.distributor_id, flow.kind, &removed)
        .await?;
    for (day, opened) in compared.changed.iter().zip(opened) {
        let key = key_of(arrival, flow.kind, day.day);
        let business = arrival.period_rule.period_of(day.day);
        let mut closed = closed.remove(&key.day).unwrap_or_default();
        let settling = Settling {
            key,
            day,
            opened,
            closed: &closed,
        };
        let log = settle_day(&incoming, arrival, settling, &mut settled, &mut outcome);
        reversals.append(&mut closed.reversals);
        log_rows.push(ledger.day_values(key, business.number(), &log));
        if log.restated {
            restatements.push(restatement(key, day, business, &log));
        }
    }
    ledger.fold_opened(arrival.distributor_id, &reversals);
    let mut reversals = reversals.into_iter().map(Ok);
    insert_lines(tx, arrival.distributor_id, &mut reversals).await?;
    settled.write(tx).await?;
    confirm(tx, arrival, flow.kind, &compared.confirmed).await?;
    for (day, stored) in compared.confirmed {
        let key = key_of(arrival, flow.kind, day);
        let log = DayLog {
            submission_id: Some(arrival.submission_id),
            previous_submission_id: Some(stored.submission_id),
            before: stored.sums,
            after: stored.sums,
            ..DayLog::default()
        };
        let business = arrival.period_rule.period_of(day).number();
        log_rows.push(ledger.day_values(key, business, &log));
    }
    tx.insert_many(&sql::INSERT_LOAD_DAY, log_rows).await?;
    Ok((outcome, restatements))
}

/// Compares every day the delivery speaks for with what is stored, and numbers the lines to open.
async fn compare(
    tx: &mut Tx,
    ledger: &mut Ledger,
    arrival: Arrival<'_>,
    incoming: &Incoming<'_>,
) -> Result<Compared, WarehouseError> {
    let flow = &incoming.table.flow;
    let sorted = incoming.by_day();
    let strays = stray_days(tx, arrival, flow).await?;
    let snapshots = snapshots_around(tx, arrival.distributor_id, flow, sorted, &strays).await?;
    let mut compared = Compared::default();
    let mut spoken_for = days_spoken_for(sorted, flow, arrival, &snapshots);
    for day in strays {
        spoken_for.entry(day).or_default();
    }
    spoken_for.retain(|day, lines| {
        let stored = snapshots.get(&day.number()).copied();
        let stored = stored.filter(|stored| is_stored_like(*stored, lines));
        compared
            .confirmed
            .extend(stored.map(|stored| (*day, stored)));
        stored.is_none()
    });
    let differing: Vec<i32> = spoken_for
        .keys()
        .map(|day| day.number())
        .filter(|day| snapshots.get(day).is_some_and(|day| day.line_count > 0))
        .collect();
    let mut multisets = read_days(tx, arrival.distributor_id, flow.kind, &differing).await?;
    for (day, lines) in spoken_for {
        let before = snapshots.get(&day.number()).copied();
        let stored = multisets.remove(&day.number()).unwrap_or_default();
        let offered: Vec<(i64, u32)> = lines.iter().map(|(_, hash, at)| (*hash, *at)).collect();
        let mut difference = multiset::difference(&stored, &offered);
        if let Some(range) = flow
            .range
            .filter(|range| flow.declared && !range.contains(day))
        {
            keep_what_others_reported(tx, arrival, flow.kind, day, range, &mut difference).await?;
            if difference.added.is_empty() && difference.removed.is_empty() {
                continue;
            }
        }
        // Lines of a day are numbered in the order of the file.
        difference.added.sort_unstable();
        let business = arrival.period_rule.period_of(day).number();
        let (booking, delta) = ledger.booking_of(business);
        let first_line_id = ledger.reserve(difference.added.len())?;
        compared.changed.push(ChangedDay {
            day,
            before,
            difference,
            first_line_id,
            booking,
            delta,
        });
    }
    Ok(compared)
}

/// Whether a day has these lines already.
fn is_stored_like(stored: Snapshot, lines: &Sorted) -> bool {
    usize::try_from(stored.line_count) == Ok(lines.len())
        && stored.day_hash == hash_of(lines.iter().map(|(_, hash, _)| *hash))
}

/// A file does not speak for a day outside its declared range: a line dated 31 January in the file
/// of February is added to that day, and only an earlier version of the same file is replaced.
async fn keep_what_others_reported(
    tx: &mut Tx,
    arrival: Arrival<'_>,
    kind: FlowKind,
    day: Day,
    range: DayRange,
    difference: &mut Difference,
) -> Result<(), WarehouseError> {
    if difference.removed.is_empty() {
        return Ok(());
    }
    let mut values = key_of(arrival, kind, day).values();
    values.extend([range.first.number().into(), range.last.number().into()]);
    let own = tx.all(&sql::SELECT_STRAYS, values, Row::int).await?;
    let (removed, kept): (Vec<Entry>, Vec<Entry>) = std::mem::take(&mut difference.removed)
        .into_iter()
        .partition(|(_, line_id)| own.contains(line_id));
    difference.removed = removed;
    difference.kept.extend(kept);
    Ok(())
}

/// What is known before anything is written: lines count as unchanged until they are added.
fn outcome_of(table: &ResolvedTable, compared: &Compared) -> KindOutcome {
    let mut classes = LineClasses::default();
    for disposition in &table.disposition {
        match disposition {
            Disposition::Accepted => classes.unchanged += 1,
            Disposition::Held(_) => classes.held += 1,
            Disposition::Dropped(_) => classes.ignored += 1,
        }
    }
    let emptied = compared.changed.iter().filter(|day| {
        day.difference.added.is_empty()
            && day.difference.kept.is_empty()
            && !day.difference.removed.is_empty()
    });
    KindOutcome {
        kind: table.flow.kind,
        range: table.flow.range,
        declared: table.flow.declared,
        classes,
        opened: 0,
        closed: 0,
        kept: compared.kept(),
        days_changed: compared.changed.len() as u64,
        days_unchanged: compared.confirmed.len() as u64,
        days_emptied: emptied.count() as u64,
        late_lines: 0,
        reversals: 0,
    }
}

fn key_of(arrival: Arrival<'_>, kind: FlowKind, day: Day) -> DayKey<'_> {
    DayKey {
        distributor_id: arrival.distributor_id,
        kind,
        day: day.number(),
    }
}

/// Stored days between the first and the last day that matter here.
async fn snapshots_around(
    tx: &mut Tx,
    distributor_id: &str,
    flow: &FlowTable,
    sorted: &Sorted,
    strays: &[Day],
) -> Result<BTreeMap<i32, Snapshot>, WarehouseError> {
    let occurring = [sorted.first(), sorted.last()]
        .into_iter()
        .flatten()
        .map(|line| line.0);
    let declared = flow
        .range
        .into_iter()
        .flat_map(|range| [range.first, range.last]);
    let days = occurring.chain(declared.chain(strays.iter().copied()).map(Day::number));
    let around = days.clone().min().zip(days.max());
    match around {
        Some((first, last)) => read_snapshots(tx, distributor_id, flow.kind, first, last).await,
        None => Ok(BTreeMap::new()),
    }
}

/// Every day the delivery speaks for with its lines: the days that occur and, for a declared range,
/// also those without lines. A day after the delivery was received cannot have been reported.
fn days_spoken_for<'l>(
    sorted: &'l Sorted,
    flow: &FlowTable,
    arrival: Arrival<'_>,
    snapshots: &BTreeMap<i32, Snapshot>,
) -> BTreeMap<Day, &'l Sorted> {
    let mut days: BTreeMap<Day, &Sorted> = sorted
        .chunk_by(|a, b| a.0 == b.0)
        .filter_map(|lines| Some((Day::from_number(lines.first()?.0)?, lines)))
        .collect();
    if let Some(range) = flow.range.filter(|_| flow.declared) {
        let received = arrival.received_at.get(..10).and_then(Day::from_iso);
        let long = range.last.days_since(range.first) >= LONGEST_RANGE;
        if long {
            for day in snapshots.keys().filter_map(|day| Day::from_number(*day)) {
                if range.contains(day) {
                    days.entry(day).or_default();
                }
            }
        } else {
            for day in range.days() {
                let future = received.is_some_and(|received| day > received);
                if !future || snapshots.contains_key(&day.number()) {
                    days.entry(day).or_default();
                }
            }
        }
    }
    days
}

/// Days outside the declared range that an earlier version of this file put lines on.
async fn stray_days(
    tx: &mut Tx,
    arrival: Arrival<'_>,
    flow: &FlowTable,
) -> Result<Vec<Day>, WarehouseError> {
    let Some(range) = flow.range.filter(|_| flow.declared) else {
        return Ok(Vec::new());
    };
    let values = vec![
        arrival.distributor_id.into(),
        flow.kind.into(),
        range.first.number().into(),
        range.last.number().into(),
    ];
    tx.all(&sql::SELECT_STRAY_DAYS, values, Row::day).await
}

/// Numbers of the lines to close, by day.
fn removed_lines(changed: &[ChangedDay]) -> BTreeMap<i32, Vec<i64>> {
    changed
        .iter()
        .map(|day| {
            let removed = day.difference.removed.iter();
            let lines = removed.map(|(_, line_id)| *line_id).collect();
            (day.day.number(), lines)
        })
        .collect()
}

/// Days that are stored like this already now belong to this submission.
async fn confirm(
    tx: &mut Tx,
    arrival: Arrival<'_>,
    kind: FlowKind,
    confirmed: &[(Day, Snapshot)],
) -> Result<(), WarehouseError> {
    if !confirmed.is_empty() {
        let days = json_list(confirmed.iter().map(|(day, _)| day.number()));
        let values = values![arrival.distributor_id, kind, days, arrival.submission_id];
        tx.execute(&sql::CONFIRM_SNAPSHOT, values).await?;
    }
    Ok(())
}

/// A changed day and what was opened and closed in it.
struct Settling<'s> {
    key: DayKey<'s>,
    day: &'s ChangedDay,
    opened: Opened,
    closed: &'s Closed,
}

/// Makes the snapshot of a changed day and counts what happened.
fn settle_day(
    incoming: &Incoming<'_>,
    arrival: Arrival<'_>,
    Settling {
        key,
        day,
        opened,
        closed,
    }: Settling<'_>,
    settled: &mut ChangedDays,
    outcome: &mut KindOutcome,
) -> DayLog {
    let mut entries: Vec<Entry> = day.difference.kept.clone();
    let added = day.difference.added.iter().zip(day.first_line_id..);
    entries.extend(added.map(|(position, line_id)| (incoming.hash(*position), line_id)));
    entries.sort_unstable();
    let before = day
        .before
        .map_or_else(Sums::default, |snapshot| snapshot.sums);
    let after = before.minus(closed.sums).plus(opened.sums);
    settled.add(key, arrival.submission_id, &entries, after);

    let added = day.difference.added.len() as u64;
    let modified = modified_among(&closed.subjects, &opened.subjects);
    outcome.classes.loaded += opened.accepted;
    outcome.classes.unchanged -= opened.accepted;
    outcome.opened += added;
    outcome.closed += closed.lines;
    outcome.reversals += closed.reversals.len() as u64;
    if day.delta == DELTA_LATE {
        outcome.late_lines += added;
    }
    DayLog {
        submission_id: Some(arrival.submission_id),
        previous_submission_id: day.before.map(|snapshot| snapshot.submission_id),
        feed_deletes: closed.feed_deletes,
        feed_inserts: opened.accepted + closed.reversals.len() as u64,
        restated: day.before.is_some(),
        added: added - modified,
        removed: closed.lines - modified,
        modified,
        before,
        after,
        days_late: days_late(arrival, day.day),
    }
}

fn days_late(arrival: Arrival<'_>, day: Day) -> i64 {
    arrival
        .received_at
        .get(..10)
        .and_then(Day::from_iso)
        .map_or(0, |received| received.days_since(day))
}

fn restatement(
    key: DayKey<'_>,
    day: &ChangedDay,
    business_period: Period,
    log: &DayLog,
) -> Restatement {
    Restatement {
        distributor_id: key.distributor_id.to_owned(),
        kind: key.kind,
        day: day.day,
        business_period,
        booking_period: Period::from_number(day.booking).unwrap_or(business_period),
        added: log.added,
        removed: log.removed,
        modified: log.modified,
        quantity_before: stored_sum(log.before.base_quantity),
        quantity_after: stored_sum(log.after.base_quantity),
        amount_before: stored_sum(log.before.amount),
        amount_after: stored_sum(log.after.amount),
        days_late: log.days_late,
    }
}
