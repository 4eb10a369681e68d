//! Achievement as it was computed last for a month, for analysts and the CRM (`mart_achievement`).
//! Not here: how it is computed (`settle`).

use channelflow_model::{Micros, Period};

use crate::delivery::Mode;
use crate::value::values;
use crate::{Warehouse, WarehouseError, sql};

/// A row of achievement. Rates are exact decimal texts; `None` without a base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AchievementRow {
    /// `month`, `quarter_to_date`, `year_to_date`.
    pub span: &'static str,
    /// `company` … `customer`.
    pub level: &'static str,
    /// Id on that level; empty for what nobody is credited for.
    pub owner_id: String,
    /// Its name.
    pub owner_name: String,
    /// Product group; empty for all products.
    pub product_group: String,
    /// `quantity`, `assessed`, `amount`.
    pub measure: &'static str,
    /// Which sales count.
    pub counting_point: String,
    /// What was sold.
    pub actual: Micros,
    /// The part of it nobody is credited for.
    pub unattributed: Micros,
    /// Base units without an assessed price.
    pub unpriced: Micros,
    /// Target.
    pub target: Option<Micros>,
    /// Same months of the year before.
    pub last_year: Micros,
    /// The span before; `None` for a year.
    pub previous: Option<Micros>,
    /// 达成率.
    pub rate: Option<String>,
    /// 同比.
    pub on_year: Option<String>,
    /// 环比.
    pub on_period: Option<String>,
    /// Rate less elapsed share of the span.
    pub progress_gap: Option<String>,
}

/// What the rows of a month were computed from.
#[derive(Debug, Clone, Copy)]
pub struct AchievementHead<'a> {
    /// The month.
    pub period: Period,
    /// `as_was` or `as_is`.
    pub organisation: &'static str,
    /// Version of the settlement's master data; 0: none.
    pub settings_version: i64,
    /// Loads up to this one are in it.
    pub as_of_load: i64,
    /// When, ISO date and time.
    pub at: &'a str,
}

impl Warehouse {
    /// Replaces what is stored for a month and organisation.
    pub async fn store_achievement(
        &self,
        head: AchievementHead<'_>,
        rows: &[AchievementRow],
        mode: Mode,
    ) -> Result<(), WarehouseError> {
        let mut tx = self.write().await?;
        let (period, organisation) = (head.period, head.organisation);
        tx.execute(&sql::DELETE_ACHIEVEMENT, values![period, organisation])
            .await?;
        let rows = rows.iter().map(|row| {
            values![
                period,
                row.span,
                organisation,
                row.level,
                &row.owner_id,
                &row.owner_name,
                &row.product_group,
                row.measure,
                &row.counting_point,
                row.actual,
                row.unattributed,
                row.unpriced,
                row.target,
                row.last_year,
                row.previous,
                row.rate.as_deref(),
                row.on_year.as_deref(),
                row.on_period.as_deref(),
                row.progress_gap.as_deref(),
                head.settings_version,
                head.as_of_load,
                head.at,
            ]
        });
        tx.insert_many(&sql::INSERT_ACHIEVEMENT, rows.collect())
            .await?;
        tx.finish(mode).await
    }
}
