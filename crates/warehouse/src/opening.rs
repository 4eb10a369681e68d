//! Opening the lines of the days that changed: made one at a time, while the database is busy with
//! those before, and counted on the way.
//!
//! Not here: which lines are opened (`days`), and storing them (`line`).

use channelflow_model::Day;
use rustc_hash::FxHashMap;

use crate::WarehouseError;
use crate::fold::FoldChanges;
use crate::incoming::Incoming;
use crate::ledger::{Snapshot, Subject, Sums};
use crate::line::{ACCEPTED, Line};
use crate::multiset::Difference;

/// A day that differs from what is stored.
pub(crate) struct ChangedDay {
    pub(crate) day: Day,
    pub(crate) before: Option<Snapshot>,
    pub(crate) difference: Difference,
    /// First number of the added lines; they are numbered on from here.
    pub(crate) first_line_id: i64,
    pub(crate) booking: i32,
    pub(crate) delta: i64,
}

/// What the lines opened on one day come to.
#[derive(Default)]
pub(crate) struct Opened {
    pub(crate) sums: Sums,
    pub(crate) accepted: u64,
    /// Only of days on which lines are closed as well.
    pub(crate) subjects: FxHashMap<Subject, u64>,
}

/// The lines to open, numbered and booked, in key order; each is counted as it is made.
pub(crate) struct NewLines<'i> {
    incoming: &'i Incoming<'i>,
    distributor_id: &'i str,
    changed: &'i [ChangedDay],
    folds: &'i mut FoldChanges,
    /// One per changed day.
    pub(crate) opened: Vec<Opened>,
    at_day: usize,
    at_line: usize,
}

impl<'i> NewLines<'i> {
    pub(crate) fn new(
        incoming: &'i Incoming<'i>,
        distributor_id: &'i str,
        changed: &'i [ChangedDay],
        folds: &'i mut FoldChanges,
    ) -> Self {
        NewLines {
            incoming,
            distributor_id,
            changed,
            folds,
            opened: changed.iter().map(|_| Opened::default()).collect(),
            at_day: 0,
            at_line: 0,
        }
    }
}

impl Iterator for NewLines<'_> {
    type Item = Result<Line, WarehouseError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (day, opened, position) = loop {
            let day = self.changed.get(self.at_day)?;
            if let Some(position) = day.difference.added.get(self.at_line) {
                break (day, self.opened.get_mut(self.at_day)?, *position);
            }
            self.at_day += 1;
            self.at_line = 0;
        };
        let mut line = match self.incoming.line(position) {
            Ok(line) => line,
            Err(error) => return Some(Err(error)),
        };
        line.line_id = day.first_line_id + i64::try_from(self.at_line).unwrap_or(i64::MAX);
        line.booking_period = day.booking;
        line.delta = day.delta;
        self.at_line += 1;
        self.folds.opened(self.distributor_id, &line);
        opened.sums.add(&line);
        opened.accepted += u64::from(line.status == ACCEPTED);
        if !day.difference.removed.is_empty() {
            let subject = (line.party_ref, line.product_ref, line.lot_ref);
            *opened.subjects.entry(subject).or_default() += 1;
        }
        Some(Ok(line))
    }
}
