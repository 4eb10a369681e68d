//! Closing lines of a distributor and kind, on as many days as needed, with one statement: what
//! that takes out of each day, and the counter-entries of lines whose period is closed.
//!
//! Not here: which lines have to go (`days`, `undo`, `decision`).

use std::collections::BTreeMap;

use channelflow_model::FlowKind;
use rustc_hash::FxHashMap;

use crate::database::Tx;
use crate::fold::Counted;
use crate::ledger::{DayKey, Ledger, Subject, Sums};
use crate::line::{ACCEPTED, Line};
use crate::value::{json_list, json_object, kind_number, values};
use crate::{WarehouseError, sql};

/// What closing lines took out of one day.
#[derive(Debug, Default)]
pub(crate) struct Closed {
    pub lines: u64,
    /// Accepted lines that no longer count (not those with a counter-entry).
    pub feed_deletes: u64,
    pub sums: Sums,
    pub subjects: FxHashMap<Subject, u64>,
    /// Counter-entries to be stored.
    pub reversals: Vec<Line>,
}

impl Closed {
    fn add(&mut self, status: i64, subject: Subject, base: Option<i64>, amount: Option<i64>) {
        self.lines += 1;
        self.sums.add_values(status, base, amount);
        *self.subjects.entry(subject).or_default() += 1;
    }
}

impl Ledger {
    /// Closes lines of one day.
    pub(crate) async fn close_day(
        &mut self,
        tx: &mut Tx,
        key: DayKey<'_>,
        line_ids: &[i64],
    ) -> Result<Closed, WarehouseError> {
        let days = BTreeMap::from([(key.day, line_ids.to_vec())]);
        let mut closed = self
            .close_lines(tx, key.distributor_id, key.kind, &days)
            .await?;
        Ok(closed.remove(&key.day).unwrap_or_default())
    }

    /// Closes lines, given by day. A line that counts in a closed period stays, and gets a
    /// counter-entry in an open one. Days on which nothing is closed are not in the answer.
    pub(crate) async fn close_lines(
        &mut self,
        tx: &mut Tx,
        distributor_id: &str,
        kind: FlowKind,
        days: &BTreeMap<i32, Vec<i64>>,
    ) -> Result<BTreeMap<i32, Closed>, WarehouseError> {
        let mut closed: BTreeMap<i32, Closed> = BTreeMap::new();
        let wanted: usize = days.values().map(Vec::len).sum();
        if wanted == 0 {
            return Ok(closed);
        }
        let lines = json_object(
            days.iter()
                .flat_map(|(day, lines)| lines.iter().map(move |line_id| (line_id, day))),
        );
        let mut values = values![distributor_id, kind, &lines, self.load_id];
        values.push(json_list(self.closed_periods()).into());
        let folds = &mut self.folds;
        tx.each(&sql::CLOSE_LINES, values, &mut |mut row| {
            let number = row.small()?;
            let day = closed.entry(number).or_default();
            let status = row.int()?;
            let subject = (row.int()?, row.int()?, row.int()?);
            let (base_quantity, amount) = (row.opt_int()?, row.opt_int()?);
            day.add(status, subject, base_quantity, amount);
            if status != ACCEPTED {
                return Ok(());
            }
            day.feed_deletes += 1;
            let (business, booking) = (row.small()?, row.small()?);
            let (customer, product) = (row.opt_text()?, row.opt_text()?);
            let counted = Counted {
                kind: kind_number(kind),
                business,
                booking,
                customer: customer.as_deref().unwrap_or_default(),
                product: product.as_deref().unwrap_or_default(),
                day: number,
                flags: row.int()?,
                reversal: false,
                quantity: base_quantity.unwrap_or(0),
                amount,
            };
            folds.count(distributor_id, &counted, -1);
            Ok(())
        })
        .await?;
        let count = |closed: &BTreeMap<i32, Closed>| closed.values().map(|day| day.lines).sum();
        let mut found: u64 = count(&closed);
        if found < wanted as u64 && self.closed_periods().next().is_some() {
            // What still stands of these lines counts in a closed period.
            let values = values![distributor_id, kind, &lines, self.load_id];
            let mut originals = tx.all(&sql::REVERSE_LINES, values, Line::read).await?;
            // Counter-entries are numbered in the order of their days and lines.
            originals.sort_unstable_by_key(|line| (line.day, line.line_id));
            for original in originals {
                let day = closed.entry(original.day).or_default();
                let subject = (original.party_ref, original.product_ref, original.lot_ref);
                day.add(
                    original.status,
                    subject,
                    original.base_quantity,
                    original.amount,
                );
                let (booking, _) = self.booking_of(original.booking_period);
                day.reversals
                    .push(original.reversed(self.reserve(1)?, booking));
            }
            found = count(&closed);
        }
        if found != wanted as u64 {
            return Err(WarehouseError::Misuse {
                what: format!(
                    "{wanted} lines of {distributor_id} {kind} were to be closed, {found} stand"
                ),
            });
        }
        Ok(closed)
    }
}
