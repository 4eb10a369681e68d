//! What one load changes in the fold: lines added and taken off, then every touched fold read,
//! changed and written whole.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use channelflow_model::LineFlags;
use rustc_hash::FxHashMap;

use super::bytes::{Parts, decode, encode};
use super::merge::{in_order, merge};
use crate::database::Tx;
use crate::line::{ACCEPTED, DELTA_REVERSAL, Line};
use crate::value::{json_list, values};
use crate::{WarehouseError, sql};

/// Customer, product, day, flags.
type EntryKey = (u32, u32, i32, u16);

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) lines: i32,
    pub(super) quantity: i64,
    pub(super) amount: i64,
}

/// Sums of a fold by key.
pub(super) type Entries = FxHashMap<EntryKey, Sum>;

/// Ids as small numbers.
#[derive(Debug, Default)]
pub(super) struct Texts {
    numbers: FxHashMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
}

impl Texts {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let text: Arc<str> = text.into();
        self.numbers.insert(Arc::clone(&text), number);
        self.texts.push(text);
        number
    }

    pub(super) fn text(&self, number: u32) -> Arc<str> {
        self.texts
            .get(number as usize)
            .cloned()
            .unwrap_or_else(|| Arc::from(""))
    }
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
        let entries = self.groups.entry(key).or_default();
        let sum = entries.entry(entry).or_default();
        sum.lines = sum.lines.wrapping_add(lines);
        sum.quantity = sum.quantity.wrapping_add(line.quantity.wrapping_mul(sign));
        let amount = line.amount.unwrap_or(0).wrapping_mul(sign);
        sum.amount = sum.amount.wrapping_add(amount);
    }

    /// The changes by distributor, kind and months, each as a fold of its own.
    pub(super) fn parts(&self) -> BTreeMap<(Arc<str>, i64, i32, i32), Parts> {
        let owned = self.groups.iter().map(|(key, entries)| {
            let owner = self.texts.text(key.distributor);
            let key = (owner, key.kind, key.business, key.booking);
            (key, in_order(&self.texts, entries))
        });
        owned.collect()
    }

    /// Stores the changes: every touched fold is read, changed and written whole. The distributors
    /// must be locked already.
    pub(crate) async fn write(self, tx: &mut Tx) -> Result<(), WarehouseError> {
        let mut changes = self.parts();
        let owners: BTreeSet<(Arc<str>, i64)> = changes
            .keys()
            .map(|(owner, kind, ..)| (Arc::clone(owner), *kind))
            .collect();
        for (owner, kind) in owners {
            add_stored(tx, &owner, kind, &mut changes).await?;
        }
        let mut written = Vec::new();
        for ((owner, kind, business, booking), parts) in changes {
            let mut values = values![owner, kind, business, booking];
            let (lines, amount) = totals(&parts);
            if let Some(fold) = encode(parts) {
                values.extend(values![fold.entries, lines, amount, fold.hash, fold.bytes]);
                written.push(values);
            } else {
                tx.execute(&sql::DELETE_FOLD, values).await?;
            }
        }
        tx.insert_many(&sql::UPSERT_FOLD, written).await
    }
}

/// Adds what is stored already to every changed fold of a distributor and kind.
async fn add_stored(
    tx: &mut Tx,
    owner: &Arc<str>,
    kind: i64,
    changes: &mut BTreeMap<(Arc<str>, i64, i32, i32), Parts>,
) -> Result<(), WarehouseError> {
    let periods: BTreeSet<i32> = changes
        .keys()
        .filter(|(changed, of, ..)| changed == owner && *of == kind)
        .map(|(_, _, business, _)| *business)
        .collect();
    let values = values![Arc::clone(owner), kind, json_list(&periods)];
    let stored = tx
        .all(&sql::SELECT_TOUCHED_FOLDS, values, |row| {
            Ok((row.small::<i32>()?, row.small::<i32>()?, row.blob()?))
        })
        .await?;
    for (business, booking, bytes) in stored {
        let key = (Arc::clone(owner), kind, business, booking);
        if let Some(changed) = changes.get_mut(&key) {
            let stored = decode(&bytes).ok_or_else(|| WarehouseError::Unreadable {
                what: format!("the fold of {owner} {kind} {business}"),
            })?;
            *changed = merge(stored, std::mem::take(changed));
        }
    }
    Ok(())
}

/// Lines and yuan of all entries.
fn totals(parts: &Parts) -> (i64, i64) {
    parts.entries.iter().fold((0, 0), |(lines, amount), entry| {
        (
            lines + i64::from(entry.lines),
            amount.wrapping_add(entry.amount.0),
        )
    })
}
