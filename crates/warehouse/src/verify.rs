//! Proof that what is stored agrees with itself: derived tables are rebuilt from the lines and
//! compared, counter-entries cancel exactly, nothing refers to something that is not there.

use crate::database::Tx;
use crate::fold;
use crate::ledger::{Sums, stored_sum};
use crate::multiset::{Entry, hash_of, unpack};
use crate::sql::{self, Statement};
use crate::value::Row;
use crate::{Warehouse, WarehouseError};

/// Distributor, kind, day.
type Key = (String, i64, i64);

/// A day as it should be or as it is stored.
#[derive(Debug, Default, PartialEq)]
struct DayState {
    entries: Vec<Entry>,
    hash: i64,
    count: i64,
    base_quantity: i64,
    amount: i64,
}

/// Questions whose answer must be zero, with the sentence for another answer.
const COUNTS: [(&Statement, &str); 8] = [
    (
        &sql::VERIFY_UNPAIRED_DAYS,
        "days have a snapshot without lines or lines without a snapshot",
    ),
    (
        &sql::VERIFY_LOST_TEXTS,
        "lines refer to a reported text or submission that is not stored",
    ),
    (
        &sql::VERIFY_LONE_REVERSALS,
        "lines of closed periods are not cancelled exactly by their counter-entry",
    ),
    (
        &sql::VERIFY_ORPHAN_REVERSALS,
        "counter-entries stand against no line",
    ),
    (
        &sql::VERIFY_FEED_COUNTS,
        "days of loads have another number of feed changes than lines",
    ),
    (
        &sql::VERIFY_LOAD_MONTHS,
        "months of loads do not fit the days that are logged",
    ),
    (
        &sql::VERIFY_DEAD_ALIASES,
        "lines were decided by an alias that does not exist",
    ),
    (
        &sql::VERIFY_UNBALANCED_APPEALS,
        "pairs of rows of appeals do not sum to zero",
    ),
];

impl Warehouse {
    /// Rebuilds every derived table from the lines and compares; returns one sentence per problem.
    pub async fn verify(&self) -> Result<Vec<String>, WarehouseError> {
        let mut tx = self.read().await?;
        let mut problems = Vec::new();
        for word in tx
            .all(&sql::VERIFY_INTEGRITY, Vec::new(), Row::text)
            .await?
        {
            if word != "ok" {
                problems.push(format!("the database reports: {word}"));
            }
        }
        for (statement, sentence) in COUNTS {
            let count = tx.integer(statement, Vec::new()).await?;
            if count != 0 {
                problems.push(format!("{count} {sentence}"));
            }
        }
        compare_days(&mut tx, &mut problems).await?;
        fold::verify(&mut tx, &mut problems).await?;
        Ok(problems)
    }
}

async fn compare_days(tx: &mut Tx, problems: &mut Vec<String>) -> Result<(), WarehouseError> {
    let mut stored = tx
        .all(&sql::VERIFY_SNAPSHOTS, Vec::new(), |row| {
            let key = (row.text()?, row.int()?, row.int()?);
            let state = DayState {
                hash: row.int()?,
                count: row.int()?,
                base_quantity: row.int()?,
                amount: row.int()?,
                entries: unpack(&row.blob()?).unwrap_or_default(),
            };
            Ok((key, state))
        })
        .await?;
    // One order on both engines, whatever their collation.
    stored.sort_by(|a, b| a.0.cmp(&b.0));
    let mut lines = tx
        .all(&sql::VERIFY_LINES, Vec::new(), |row| {
            let key: Key = (row.text()?, row.int()?, row.int()?);
            let entry: Entry = (row.int()?, row.int()?);
            Ok((key, entry, (row.int()?, row.opt_int()?, row.opt_int()?)))
        })
        .await?;
    lines.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    let mut rebuilt: Vec<(Key, DayState)> = Vec::new();
    for day in lines.chunk_by(|a, b| a.0 == b.0) {
        let mut sums = Sums::default();
        let mut state = DayState::default();
        for (_, entry, (status, base, amount)) in day {
            sums.add_values(*status, *base, *amount);
            state.entries.push(*entry);
        }
        state.hash = hash_of(state.entries.iter().map(|(hash, _)| *hash));
        state.count = i64::try_from(state.entries.len()).unwrap_or(i64::MAX);
        state.base_quantity = stored_sum(sums.base_quantity).0;
        state.amount = stored_sum(sums.amount).0;
        if let Some((key, ..)) = day.first() {
            rebuilt.push((key.clone(), state));
        }
    }
    let mut expected = rebuilt.into_iter().peekable();
    for (key, state) in stored {
        while let Some((missing, _)) = expected.next_if(|(other, _)| *other < key) {
            problems.push(format!("{} has lines but no snapshot", name_of(&missing)));
        }
        let rebuilt = expected
            .next_if(|(other, _)| *other == key)
            .map_or_else(empty_day, |(_, state)| state);
        if rebuilt != state {
            problems.push(format!(
                "the snapshot of {} differs from its lines",
                name_of(&key)
            ));
        }
    }
    for (missing, _) in expected {
        problems.push(format!("{} has lines but no snapshot", name_of(&missing)));
    }
    Ok(())
}

fn empty_day() -> DayState {
    DayState {
        hash: hash_of([]),
        ..DayState::default()
    }
}

fn name_of((distributor_id, kind, day): &Key) -> String {
    format!("distributor `{distributor_id}`, kind {kind}, day {day}")
}
