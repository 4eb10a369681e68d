//! What settlement asks about the data before it trusts them: accepted and held sales of a month,
//! when reports came, since when a distributor is known.

use std::collections::BTreeMap;

use channelflow_model::{FlowKind, Micros, Period};
use serde::{Deserialize, Serialize};

use crate::value::{Row, values};
use crate::{Warehouse, WarehouseError, sql};

/// Sales of a month, by whether they count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SalesQuality {
    /// Lines that count, less counter-entries.
    pub accepted_lines: i64,
    /// Yuan of them.
    pub accepted_amount: Micros,
    /// Lines that wait for a decision.
    pub held_lines: i64,
    /// Yuan of them, as far as they have an amount, whatever its sign.
    pub held_amount: Micros,
}

/// A sum of yuan in millionths, from the whole yuan and the millionths left that were summed apart.
pub(crate) fn yuan(row: &mut Row) -> Result<i128, WarehouseError> {
    let (whole, rest) = (row.int()?, row.int()?);
    Ok(i128::from(whole) * i128::from(Micros::ONE.0) + i128::from(rest))
}

/// Lines, and yuan of them; a sum no exact number holds is the largest one, of its sign.
fn lines_and_yuan(row: &mut Row) -> Result<(i64, Micros), WarehouseError> {
    let (lines, sum) = (row.int()?, yuan(row)?);
    let largest = if sum < 0 { i64::MIN } else { i64::MAX };
    Ok((lines, Micros::from_i128(sum).unwrap_or(Micros(largest))))
}

impl Warehouse {
    /// Sales that count in a month, and those that wait.
    pub async fn sales_quality(&self, booking: Period) -> Result<SalesQuality, WarehouseError> {
        let mut tx = self.read().await?;
        let accepted = tx
            .first(&sql::ACCEPTED_SALES, values![booking], lines_and_yuan)
            .await?;
        let held = tx
            .first(&sql::HELD_SALES, values![booking], lines_and_yuan)
            .await?;
        let (accepted_lines, accepted_amount) = accepted.unwrap_or_default();
        let (held_lines, held_amount) = held.unwrap_or_default();
        Ok(SalesQuality {
            accepted_lines,
            accepted_amount,
            held_lines,
            held_amount,
        })
    }

    /// When each distributor first reported a kind of a month (ISO date and time): by a file whose
    /// own month it is, see the query.
    pub async fn first_reports(
        &self,
        first: Period,
        last: Period,
    ) -> Result<BTreeMap<(String, FlowKind, Period), String>, WarehouseError> {
        let mut tx = self.read().await?;
        let read = |row: &mut Row| Ok(((row.text()?, row.kind()?, row.period()?), row.text()?));
        let values = values![first, last];
        let found = tx
            .all_packed((&sql::FIRST_REPORTS, 4), values, read)
            .await?;
        Ok(found.into_iter().collect())
    }

    /// First month each distributor has lines of a kind in.
    pub async fn known_since(
        &self,
    ) -> Result<BTreeMap<(String, FlowKind), Period>, WarehouseError> {
        let mut tx = self.read().await?;
        let read = |row: &mut Row| Ok(((row.text()?, row.kind()?), row.period()?));
        let values = Vec::new();
        let found = tx
            .all_packed((&sql::FOLDS_KNOWN_SINCE, 3), values, read)
            .await?;
        Ok(found.into_iter().collect())
    }
}
