//! Accounting months: open until closed. A closed one does not move.

use channelflow_model::Period;
use serde::{Deserialize, Serialize};

use crate::database::Tx;
use crate::delivery::Mode;
use crate::value::values;
use crate::{Warehouse, WarehouseError, record, sql};

/// An accounting month that has lines or was closed once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodRow {
    /// The month.
    pub period: Period,
    /// Whether it is closed.
    pub closed: bool,
    /// Who closed or reopened it last; empty for nobody.
    pub decided_by: String,
    /// When; empty for never.
    pub decided_at: String,
    /// Version of the settings of settlement in force when it was closed
    /// ([`Warehouse::settings`]); `None` while it is open.
    pub frozen_version: Option<i64>,
}

impl Warehouse {
    /// Every month that lines were booked in, and every month that was closed, in order.
    pub async fn periods(&self) -> Result<Vec<PeriodRow>, WarehouseError> {
        let mut tx = self.read().await?;
        select(&mut tx).await
    }

    /// Closes a month and freezes what it is settled by: customers, products and distributors are
    /// copied, and the version that holds then stays with the month. Refused while an earlier month
    /// with lines is open.
    pub async fn close_period(
        &self,
        period: Period,
        who: &str,
        at: &str,
        mode: Mode,
    ) -> Result<(), WarehouseError> {
        let mut tx = self.write().await?;
        tx.execute(&sql::LOCK_PERIODS, Vec::new()).await?;
        for earlier in select(&mut tx).await? {
            if earlier.period >= period || earlier.closed {
                continue;
            }
            let open = earlier.period;
            if tx.integer(&sql::PERIOD_HAS_LINES, values![open]).await? != 0 {
                return Err(WarehouseError::EarlierPeriodOpen { period, open });
            }
        }
        let frozen = record::freeze(&mut tx, who, at).await?;
        tx.execute(&sql::SET_PERIOD, values![period, true, who, at, frozen])
            .await?;
        tx.finish(mode).await
    }

    /// Opens a month again. Refused while a later month is closed.
    pub async fn reopen_period(
        &self,
        period: Period,
        who: &str,
        at: &str,
        mode: Mode,
    ) -> Result<(), WarehouseError> {
        let mut tx = self.write().await?;
        tx.execute(&sql::LOCK_PERIODS, Vec::new()).await?;
        let known = select(&mut tx).await?;
        if let Some(later) = known.iter().find(|row| row.closed && row.period > period) {
            return Err(WarehouseError::LaterPeriodClosed {
                period,
                closed: later.period,
            });
        }
        if !known.iter().any(|row| row.period == period && row.closed) {
            return Err(WarehouseError::NotFound {
                what: "closed period",
                id: period.to_string(),
            });
        }
        let thawed = None::<i64>;
        tx.execute(&sql::SET_PERIOD, values![period, false, who, at, thawed])
            .await?;
        tx.finish(mode).await
    }
}

async fn select(tx: &mut Tx) -> Result<Vec<PeriodRow>, WarehouseError> {
    tx.all(&sql::SELECT_PERIODS, Vec::new(), |row| {
        Ok(PeriodRow {
            period: row.period()?,
            closed: row.flag()?,
            decided_by: row.text()?,
            decided_at: row.text()?,
            frozen_version: row.opt_int()?,
        })
    })
    .await
}
