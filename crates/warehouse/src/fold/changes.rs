//! What one load changes in the fold: lines added and taken off, then every touched fold read,
//! changed and written whole.

use std::sync::Arc;

use channelflow_model::LineFlags;
use rustc_hash::{FxHashMap, FxHashSet};

use super::bytes::{Entries, Texts, decode, encode, hash_of};
use crate::database::Tx;
use crate::line::{ACCEPTED, DELTA_REVERSAL, Line};
use crate::value::{Value, json_list, values};
use crate::{WarehouseError, sql};

/// Lines and yuan of all entries.
fn totals(entries: Option<&Entries>) -> (i64, i64) {
    let sums = entries.into_iter().flatten();
    sums.fold((0, 0), |(lines, amount), (_, sum)| {
        (
            lines + i64::from(sum.lines),
            amount.wrapping_add(sum.amount),
        )
    })
}

/// A line as the fold sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counted<'l> {
    pub kind: i64,
    pub business: i32,
    pub booking: i32,
    pub customer: &'l str,
    pub product: &'l str,
    pub day: i32,
    pub flags: i64,
    pub reversal: bool,
    pub quantity: i64,
    pub amount: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct FoldKey {
    pub(super) distributor: u32,
    pub(super) kind: i64,
    pub(super) business: i32,
    pub(super) booking: i32,
}

/// What one load changes in the fold.
#[derive(Debug, Default)]
pub(crate) struct FoldChanges {
    pub(super) texts: Texts,
    pub(super) groups: FxHashMap<FoldKey, Entries>,
}

impl FoldChanges {
    /// A line that was opened.
    pub(crate) fn opened(&mut self, distributor_id: &str, line: &Line) {
        if line.status != ACCEPTED {
            return;
        }
        let counted = Counted {
            kind: line.kind,
            business: line.business_period,
            booking: line.booking_period,
            customer: line.customer.id.as_deref().unwrap_or_default(),
            product: line.product.id.as_deref().unwrap_or_default(),
            day: line.day,
            flags: line.flags,
            reversal: line.delta == DELTA_REVERSAL,
            quantity: line.base_quantity.unwrap_or(0),
            amount: line.amount,
        };
        self.count(distributor_id, &counted, 1);
    }

    /// Adds a line (`times` = 1) or takes it off (−1).
    pub(crate) fn count(&mut self, distributor_id: &str, line: &Counted<'_>, times: i32) {
        let key = FoldKey {
            distributor: self.texts.number(distributor_id),
            kind: line.kind,
            business: line.business,
            booking: line.booking,
        };
        let mut identity = line.flags & i64::from(LineFlags::IDENTITY.0);
        if line.amount.is_none() {
            identity |= i64::from(LineFlags::NO_AMOUNT.0);
        }
        let entry = (
            self.texts.number(line.customer),
            self.texts.number(line.product),
            line.day,
            u16::try_from(identity).unwrap_or(0),
        );
        let lines = if line.reversal { -times } else { times };
        let sign = i64::from(times);
        let sum = self.groups.entry(key).or_default().entry(entry);
        sum.or_default().add(
            lines,
            line.quantity.wrapping_mul(sign),
            line.amount.unwrap_or(0).wrapping_mul(sign),
        );
    }

    /// Stores the changes: every touched fold is read, changed and written whole. The distributors
    /// must be locked already.
    pub(crate) async fn write(mut self, tx: &mut Tx) -> Result<(), WarehouseError> {
        let owners: FxHashSet<(u32, i64)> = self
            .groups
            .keys()
            .map(|key| (key.distributor, key.kind))
            .collect();
        for (distributor, kind) in owners {
            self.add_stored(tx, distributor, kind).await?;
        }
        let mut written = Vec::new();
        let mut keys: Vec<FoldKey> = self.groups.keys().copied().collect();
        let texts = &self.texts;
        keys.sort_by_key(|key| {
            let owner = texts.text(key.distributor);
            (owner, key.kind, key.business, key.booking)
        });
        for key in keys {
            let owner = self.texts.text(key.distributor);
            let mut values = values![owner, key.kind, key.business, key.booking];
            let entries = self.groups.get(&key);
            match entries.and_then(|entries| encode(&self.texts, entries)) {
                Some((count, bytes)) => {
                    let (lines, amount) = totals(entries);
                    values.extend(values![count, lines, amount, hash_of(&bytes), bytes]);
                    written.push(values);
                }
                None => {
                    tx.execute(&sql::DELETE_FOLD, values).await?;
                }
            }
        }
        tx.insert_many(&sql::UPSERT_FOLD, written).await
    }

    /// Adds what is stored already to every changed fold of a distributor and kind.
    async fn add_stored(
        &mut self,
        tx: &mut Tx,
        distributor: u32,
        kind: i64,
    ) -> Result<(), WarehouseError> {
        let of_owner = |key: &&FoldKey| key.distributor == distributor && key.kind == kind;
        let periods: Vec<i32> = self
            .groups
            .keys()
            .filter(of_owner)
            .map(|key| key.business)
            .collect();
        let owner = self.texts.text(distributor);
        let values: Vec<Value> = values![Arc::clone(&owner), kind, json_list(&periods)];
        let stored = tx
            .all(&sql::SELECT_TOUCHED_FOLDS, values, |row| {
                Ok((row.small::<i32>()?, row.small::<i32>()?, row.blob()?))
            })
            .await?;
        for (business, booking, bytes) in stored {
            let key = FoldKey {
                distributor,
                kind,
                business,
                booking,
            };
            let Some(entries) = self.groups.get_mut(&key) else {
                continue;
            };
            let parts = decode(&bytes).ok_or_else(|| WarehouseError::Unreadable {
                what: format!("the fold of {owner} {kind} {business}"),
            })?;
            let mut numbers = |texts: &[String]| -> Vec<u32> {
                texts.iter().map(|text| self.texts.number(text)).collect()
            };
            let (customers, products) = (numbers(&parts.customers), numbers(&parts.products));
            let of = |numbers: &[u32], index: u32| numbers.get(index as usize).copied();
            for entry in parts.entries {
                let (Some(customer), Some(product)) =
                    (of(&customers, entry.customer), of(&products, entry.product))
                else {
                    continue;
                };
                let flags = u16::try_from(entry.flags.0).unwrap_or(0);
                entries
                    .entry((customer, product, entry.day.number(), flags))
                    .or_default()
                    .add(entry.lines, entry.quantity.0, entry.amount.0);
            }
        }
        Ok(())
    }
}
