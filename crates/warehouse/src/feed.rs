//! The change feed: every line that began or stopped to count, in commit order.
//!
//! A load has a place in the feed when it commits (`load.seq`), given under a row lock, so cursor
//! order is commit order and nothing can appear behind a cursor. Only accepted lines are in it: a
//! held line that becomes accepted is an insert, closing an accepted line is a delete, and a
//! counter-entry of a closed period is an insert.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::database::Tx;
use crate::flow::FlowRow;
use crate::line::LINES_PER_LOAD;
use crate::value::values;
use crate::{Warehouse, WarehouseError, sql};

/// A place in the feed: after `offset` changes of load number `seq`. Text form `seq:offset`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Cursor {
    /// Place of the load in commit order; 0 before the first.
    pub seq: i64,
    /// Changes of that load already seen.
    pub offset: u64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq, self.offset)
    }
}

impl FromStr for Cursor {
    type Err = WarehouseError;

    fn from_str(text: &str) -> Result<Self, WarehouseError> {
        let parse = || {
            let (seq, offset) = text.split_once(':')?;
            Some(Cursor {
                seq: seq.parse().ok().filter(|seq| *seq >= 0)?,
                offset: offset.parse().ok()?,
            })
        };
        parse().ok_or_else(|| WarehouseError::BadCursor {
            text: text.to_owned(),
        })
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What happened to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedOp {
    /// It counts from now on.
    Insert,
    /// It no longer counts.
    Delete,
}

/// One change of the feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeedChange {
    /// Continue after this change with this cursor.
    pub cursor: Cursor,
    /// What happened.
    pub op: FeedOp,
    /// The line.
    pub line: FlowRow,
}

/// A page of the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedPage {
    /// Changes in order.
    pub changes: Vec<FeedChange>,
    /// Where to go on; equals the cursor asked with when there is nothing new.
    pub next: Cursor,
    /// Whether there was more at the time of asking.
    pub more: bool,
}

impl Warehouse {
    /// At most `limit` changes after a cursor.
    pub async fn feed(&self, after: Cursor, limit: usize) -> Result<FeedPage, WarehouseError> {
        /// Loads looked at in one step; most are small.
        const LOADS: i64 = 64;
        let mut tx = self.read().await?;
        let newest = tx.integer(&sql::FEED_CLOCK, Vec::new()).await?;
        if after.seq > newest {
            return Err(WarehouseError::BadCursor {
                text: after.to_string(),
            });
        }
        let mut page = FeedPage {
            changes: Vec::new(),
            next: after,
            more: false,
        };
        loop {
            let from = page.next;
            let loads = tx
                .all(&sql::FEED_LOADS, values![from.seq, LOADS], |row| {
                    Ok((row.int()?, row.int()?))
                })
                .await?;
            let looked_at = loads.len();
            for (load_id, seq) in loads {
                let seen = if seq == from.seq { from.offset } else { 0 };
                read_load(
                    &mut tx,
                    load_id,
                    Cursor { seq, offset: seen },
                    limit,
                    &mut page,
                )
                .await?;
                if page.more {
                    return Ok(page);
                }
            }
            // The load at the cursor is always found again.
            if looked_at <= 1 || page.next == from {
                return Ok(page);
            }
        }
    }
}

/// Adds the changes of one load after `seen` of them, day by day: deletes before inserts.
async fn read_load(
    tx: &mut Tx,
    load_id: i64,
    seen: Cursor,
    limit: usize,
    page: &mut FeedPage,
) -> Result<(), WarehouseError> {
    let days = tx
        .all(&sql::FEED_DAYS, values![load_id], |row| {
            Ok((row.text()?, row.int()?, row.int()?, row.small::<u64>()?))
        })
        .await?;
    let mut passed = 0;
    for (distributor_id, kind, day, changes) in days {
        let skip = seen.offset.saturating_sub(passed).min(changes);
        passed += skip;
        if skip == changes {
            continue;
        }
        if page.changes.len() >= limit {
            page.more = true;
            return Ok(());
        }
        let first = load_id * LINES_PER_LOAD;
        let values = values![
            &distributor_id,
            kind,
            day,
            load_id,
            first,
            first + LINES_PER_LOAD - 1
        ];
        let lines = tx
            .all(&sql::FEED_LINES, values, |row| Ok(FlowRow::read(row)?.0))
            .await?;
        let (deletes, inserts): (Vec<FlowRow>, Vec<FlowRow>) = lines
            .into_iter()
            .partition(|line| line.closed_load == Some(load_id));
        let deletes = deletes.into_iter().map(|line| (FeedOp::Delete, line));
        let inserts = inserts.into_iter().map(|line| (FeedOp::Insert, line));
        for (op, line) in deletes
            .chain(inserts)
            .skip(usize::try_from(skip).unwrap_or(usize::MAX))
        {
            if page.changes.len() >= limit {
                page.more = true;
                return Ok(());
            }
            passed += 1;
            let cursor = Cursor {
                seq: seen.seq,
                offset: passed,
            };
            page.changes.push(FeedChange { cursor, op, line });
            page.next = cursor;
        }
    }
    page.next = Cursor {
        seq: seen.seq,
        offset: passed,
    };
    Ok(())
}
