//! What is held and why: by reason and reported name with rows and money at stake, and line by
//! line.

use channelflow_model::{DayRange, FlowKind, HoldReason, Micros};
use serde::{Deserialize, Serialize};

use crate::flow::FlowRow;
use crate::ledger::stored_sum;
use crate::value::{Row, Value, values};
use crate::{Warehouse, WarehouseError, sql};

/// Which held lines; empty: all.
#[derive(Debug, Clone, Default)]
pub struct HeldFilter {
    /// Of this distributor.
    pub distributor_id: Option<String>,
    /// For this reason.
    pub reason: Option<HoldReason>,
    /// Of this submission.
    pub submission_id: Option<i64>,
    /// At most so many.
    pub limit: Option<u32>,
}

/// Held lines of one distributor that wait for the same answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldGroup {
    /// Whose lines.
    pub distributor_id: String,
    /// Why they are held.
    pub reason: HoldReason,
    /// Sale, purchase or inventory.
    pub kind: FlowKind,
    /// Reported name of what the reason is about: the customer for customer reasons, otherwise
    /// the product.
    pub name: String,
    /// Reported code.
    pub code: String,
    /// Reported spec; empty for customers.
    pub spec: String,
    /// Reported maker; empty for customers.
    pub maker: String,
    /// Reported unit; empty for customers.
    pub unit: String,
    /// Lines.
    pub rows: u64,
    /// Sum of absolute amounts.
    pub amount: Micros,
    /// First and last business day.
    pub days: DayRange,
}

impl Warehouse {
    /// Held lines by distributor, reason and reported name, most money first.
    pub async fn held_summary(
        &self,
        filter: &HeldFilter,
    ) -> Result<Vec<HeldGroup>, WarehouseError> {
        let mut tx = self.read().await?;
        let mut groups = tx
            .all(&sql::HELD_SUMMARY, filter.values(), |row| {
                Ok(HeldGroup {
                    distributor_id: row.text()?,
                    reason: read_reason(row)?,
                    kind: row.kind()?,
                    name: row.text()?,
                    code: row.text()?,
                    spec: row.text()?,
                    maker: row.text()?,
                    unit: row.text()?,
                    rows: row.small()?,
                    amount: {
                        let whole = i128::from(row.int()?) * i128::from(Micros::SCALE);
                        stored_sum(whole + i128::from(row.int()?))
                    },
                    days: DayRange {
                        first: row.day()?,
                        last: row.day()?,
                    },
                })
            })
            .await?;
        groups.sort_by(|a, b| {
            (b.amount, b.rows)
                .cmp(&(a.amount, a.rows))
                .then_with(|| a.distributor_id.cmp(&b.distributor_id))
                .then_with(|| (a.reason, &a.name, &a.code).cmp(&(b.reason, &b.name, &b.code)))
                .then_with(|| {
                    (&a.spec, &a.maker, &a.unit, a.kind).cmp(&(&b.spec, &b.maker, &b.unit, b.kind))
                })
        });
        if let Some(limit) = filter.limit {
            groups.truncate(limit as usize);
        }
        Ok(groups)
    }

    /// Held lines, by distributor, kind and day.
    pub async fn held_lines(&self, filter: &HeldFilter) -> Result<Vec<FlowRow>, WarehouseError> {
        let mut tx = self.read().await?;
        let mut values = filter.values();
        values.push(filter.limit.unwrap_or(u32::MAX).into());
        tx.all(&sql::HELD_LINES, values, |row| Ok(FlowRow::read(row)?.0))
            .await
    }

    /// Number of lines that are held now and therefore in no result and not in the feed.
    pub async fn held_count(&self) -> Result<u64, WarehouseError> {
        let mut tx = self.read().await?;
        let count = tx.integer(&sql::COUNT_HELD, Vec::new()).await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}

impl HeldFilter {
    fn values(&self) -> Vec<Value> {
        values![
            self.distributor_id.as_deref(),
            self.reason.map(HoldReason::as_str),
            self.submission_id,
        ]
    }
}

pub(crate) fn read_reason(row: &mut Row) -> Result<HoldReason, WarehouseError> {
    let word = row.text()?;
    HoldReason::from_word(&word).ok_or_else(|| WarehouseError::Unreadable {
        what: format!("`{word}` is no reason to hold a line"),
    })
}
