//! The fold: accepted lines that count, summed per customer, product, business day and meaning.
//! Settlement reads it instead of the lines, so that a month costs megabytes, not millions of rows.
//!
//! It is derived: every load adds what it opened and takes off what it closed, in its own
//! transaction; `verify` rebuilds it from the lines. Sums wrap around instead of stopping at the end
//! of their range, so that a line with an absurd amount leaves no trace once it is closed.

mod bytes;
mod changes;
mod merge;

use std::collections::BTreeMap;
use std::sync::Arc;

use channelflow_model::settlement::Fold;
use channelflow_model::{FlowKind, Period};

use self::bytes::{Parts, canonical, decode};
pub(crate) use self::changes::{Counted, FoldChanges};
use crate::database::Tx;
use crate::line::DELTA_REVERSAL;
use crate::value::{Row, kind_number, values};
use crate::{Warehouse, WarehouseError, sql};

/// Which folds are asked for.
#[derive(Debug, Clone, Copy)]
pub struct FoldFilter<'f> {
    /// Sale, purchase or inventory.
    pub kind: FlowKind,
    /// First and last business period; `None`: any.
    pub business: Option<(Period, Period)>,
    /// First and last booking period; `None`: any.
    pub booking: Option<(Period, Period)>,
    /// These distributors alone; `None`: all.
    pub distributors: Option<&'f [&'f str]>,
}

/// A fold without its entries.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FoldHead {
    /// Whose lines.
    pub distributor_id: String,
    /// Sale, purchase or inventory.
    pub kind: FlowKind,
    /// When it happened (实际年月).
    pub business_period: Period,
    /// When it counts (计入年月).
    pub booking_period: Period,
    /// Hash of the entries.
    pub hash: i64,
}

/// A fold as it is stored; taking it apart is left to whoever has the time.
#[derive(Debug, Clone)]
pub struct StoredFold {
    distributor_id: String,
    kind: FlowKind,
    business_period: Period,
    booking_period: Period,
    bytes: Vec<u8>,
}

impl StoredFold {
    /// The fold.
    pub fn decode(&self) -> Result<Fold, WarehouseError> {
        let parts = decode(&self.bytes).ok_or_else(|| WarehouseError::Unreadable {
            what: format!(
                "the fold of {} {} {}",
                self.distributor_id, self.kind, self.business_period
            ),
        })?;
        Ok(Fold {
            distributor_id: self.distributor_id.clone(),
            kind: self.kind,
            business_period: self.business_period,
            booking_period: self.booking_period,
            customers: parts.customers,
            products: parts.products,
            entries: parts.entries,
        })
    }

    /// Whose lines.
    pub fn distributor_id(&self) -> &str {
        &self.distributor_id
    }

    /// Months the lines happened in and count in.
    pub fn periods(&self) -> (Period, Period) {
        (self.business_period, self.booking_period)
    }

    /// The stored form: equal bytes are equal entries.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Warehouse {
    /// Hands over every fold that is asked for, by distributor, business and booking period.
    pub async fn folds(
        &self,
        filter: FoldFilter<'_>,
        receive: &mut (dyn FnMut(StoredFold) -> Result<(), WarehouseError> + Send),
    ) -> Result<(), WarehouseError> {
        let (business, booking) = (ends(filter.business), ends(filter.booking));
        let mut values = values![filter.kind, business.0, business.1, booking.0, booking.1];
        let statement = match filter.distributors {
            None => &sql::SELECT_FOLDS,
            Some(ids) => {
                values.push(serde_json::Value::from(ids).to_string().into());
                &sql::SELECT_FOLDS_OF
            }
        };
        let mut tx = self.read().await?;
        tx.each(statement, values, &mut |mut row| {
            receive(read_fold(&mut row)?)
        })
        .await
    }

    /// Every fold of these business periods that was booked by the given one, without its entries; by
    /// distributor, kind and periods.
    pub async fn fold_heads(
        &self,
        business: (Period, Period),
        booked_by: Period,
    ) -> Result<Vec<FoldHead>, WarehouseError> {
        let values = values![business.0, business.1, booked_by];
        let mut tx = self.read().await?;
        let read = |row: &mut Row| {
            Ok(FoldHead {
                distributor_id: row.text()?,
                kind: row.kind()?,
                business_period: row.period()?,
                booking_period: row.period()?,
                hash: row.int()?,
            })
        };
        let mut heads = tx.all_packed((&sql::FOLD_HEADS, 5), values, read).await?;
        heads.sort_unstable();
        Ok(heads)
    }

    /// Fills the fold of a warehouse whose tables are older than it; also when it was killed
    /// between the two.
    pub(crate) async fn build_folds(&self) -> Result<(), WarehouseError> {
        let mut looking = self.read().await?;
        if looking.integer(&sql::FOLDS_UNBUILT, Vec::new()).await? == 0 {
            return Ok(());
        }
        drop(looking);
        let mut tx = self.write().await?;
        // Two programs that start at once must not both add all lines.
        tx.execute(&sql::LOCK_FOLDS, Vec::new()).await?;
        if tx.integer(&sql::FOLDS_UNBUILT, Vec::new()).await? != 0 {
            let changes = of_all_lines(&mut tx).await?;
            changes.write(&mut tx).await?;
        }
        tx.finish(crate::Mode::Commit).await
    }
}

/// First and last period as numbers; `None`: any.
pub(crate) fn ends(range: Option<(Period, Period)>) -> (i32, i32) {
    range.map_or((0, i32::MAX), |(first, last)| {
        (first.number(), last.number())
    })
}

fn read_fold(row: &mut Row) -> Result<StoredFold, WarehouseError> {
    Ok(StoredFold {
        distributor_id: row.text()?,
        kind: row.kind()?,
        business_period: row.period()?,
        booking_period: row.period()?,
        bytes: row.blob()?,
    })
}

/// The fold a warehouse should have, from its lines.
async fn of_all_lines(tx: &mut Tx) -> Result<FoldChanges, WarehouseError> {
    let mut changes = FoldChanges::default();
    tx.each(&sql::FOLD_LINES, Vec::new(), &mut |mut row| {
        let distributor_id = row.text()?;
        let (kind, business, booking) = (row.int()?, row.small()?, row.small()?);
        let (customer, product) = (row.opt_text()?, row.opt_text()?);
        let counted = Counted {
            kind,
            business,
            booking,
            customer: customer.as_deref().unwrap_or_default(),
            product: product.as_deref().unwrap_or_default(),
            day: row.small()?,
            flags: row.int()?,
            reversal: row.int()? == DELTA_REVERSAL,
            quantity: row.opt_int()?.unwrap_or(0),
            amount: row.opt_int()?,
        };
        changes.count(&distributor_id, &counted, 1);
        Ok(())
    })
    .await?;
    Ok(changes)
}

/// Compares every fold with the lines; one sentence per problem.
pub(crate) async fn verify(tx: &mut Tx, problems: &mut Vec<String>) -> Result<(), WarehouseError> {
    let mut expected: BTreeMap<_, Parts> = of_all_lines(tx).await?.parts();
    expected.retain(|_, parts| {
        *parts = canonical(std::mem::take(parts));
        !parts.entries.is_empty()
    });
    let stored = tx
        .all(&sql::SELECT_ALL_FOLDS, Vec::new(), read_fold)
        .await?;
    for fold in stored {
        let key = (
            Arc::from(fold.distributor_id.as_str()),
            kind_number(fold.kind),
            fold.business_period.number(),
            fold.booking_period.number(),
        );
        if expected
            .remove(&key)
            .is_none_or(|parts| decode(&fold.bytes) != Some(parts))
        {
            problems.push(format!(
                "the fold of distributor `{}`, {}, {} booked in {} differs from its lines",
                fold.distributor_id, fold.kind, fold.business_period, fold.booking_period
            ));
        }
    }
    for (owner, kind, business, booking) in expected.keys() {
        problems.push(format!(
            "distributor `{owner}`, kind {kind}, {business} booked in {booking} has lines but no fold"
        ));
    }
    Ok(())
}
