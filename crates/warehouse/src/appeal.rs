//! Appeals (申诉): what somebody says counts wrongly, and what was decided about it.
//!
//! An appeal names one line that counts, or a part of it, and where it is to count instead. Approved,
//! it adds a pair of rows beside the folds; the line itself is never touched. Nothing is edited:
//! decisions are added, and an approval is taken back by a second pair.
//! Not here: what may be filed (`checks`), the decision itself (`decide`) and the pair (`rows`).

mod checks;
mod decide;
mod rows;

use channelflow_model::appeal::{AppealKind, AppealRow, AppealState};
use channelflow_model::{Day, FlowKind, Micros, Period};
use serde::{Deserialize, Serialize};

pub use self::decide::AppealAction;
use crate::database::Tx;
use crate::delivery::Mode;
use crate::fold::FoldFilter;
use crate::value::{Row, values};
use crate::window::OnDay;
use crate::{Warehouse, WarehouseError, sql};

/// An appeal to be filed. `None` leaves a dimension as it is.
#[derive(Debug, Clone, Copy)]
pub struct NewAppeal<'a> {
    /// Why it is to count differently.
    pub kind: AppealKind,
    /// The line.
    pub line_id: i64,
    /// Base units of the line it is about, above zero and without the line's sign; `None`: all.
    pub quantity: Option<Micros>,
    /// Customer it is to count for.
    pub to_customer: Option<&'a str>,
    /// Product it is to count as.
    pub to_product: Option<&'a str>,
    /// Distributor it is to count for.
    pub to_distributor: Option<&'a str>,
    /// Post that is to be credited, instead of whom attribution says.
    pub to_post: Option<&'a str>,
    /// Month it is to count in (计入年月); `None`: the first open one, from the line's own on.
    pub to_period: Option<Period>,
    /// Why, in the words of whoever asks.
    pub reason: &'a str,
    /// Who asks.
    pub who: &'a str,
    /// When, ISO date and time.
    pub at: &'a str,
}

/// An appeal with the decision that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appeal {
    /// Its number.
    pub appeal_id: i64,
    /// Why it is to count differently.
    pub kind: AppealKind,
    /// The line.
    pub line_id: i64,
    /// Whose line.
    pub distributor_id: String,
    /// Sale or purchase.
    pub flow_kind: FlowKind,
    /// Business day of the line.
    pub day: Day,
    /// Month the line happened in.
    pub business_period: Period,
    /// Month the line itself counts in.
    pub booking_period: Period,
    /// Customer of the line; empty for none.
    pub customer_id: String,
    /// Product of the line.
    pub product_id: String,
    /// Base units it is about, signed as the line.
    pub quantity: Micros,
    /// Distributor it is to count for; empty: as it is.
    pub to_distributor: String,
    /// Customer it is to count for; empty: as it is.
    pub to_customer: String,
    /// Product it is to count as; empty: as it is.
    pub to_product: String,
    /// Post that is to be credited; empty: whom attribution says.
    pub to_post: String,
    /// Month it is to count in; `None`: the first open one.
    pub to_period: Option<Period>,
    /// Why, in the words of whoever asked.
    pub reason: String,
    /// Who asked.
    pub opened_by: String,
    /// When, ISO date and time.
    pub opened_at: String,
    /// What became of it.
    pub state: AppealState,
    /// What was said with the last decision.
    pub note: String,
    /// Who decided last; empty for nobody.
    pub decided_by: String,
    /// When; empty for never.
    pub decided_at: String,
    /// Whether the line still counts as it did.
    pub line_counts: bool,
}

impl Appeal {
    /// Whether its rows count although its line does not any more: the distributor corrected its
    /// file, or a name was decided anew. Somebody has to take it back.
    pub fn is_stale(&self) -> bool {
        self.state == AppealState::Approved && !self.line_counts
    }
}

/// What was decided about an appeal at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppealDecision {
    /// What became of it.
    pub state: AppealState,
    /// What was said.
    pub note: String,
    /// Who.
    pub decided_by: String,
    /// When, ISO date and time.
    pub decided_at: String,
}

/// An appeal with everything that came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppealDetail {
    /// The appeal.
    pub appeal: Appeal,
    /// Every decision in order.
    pub decisions: Vec<AppealDecision>,
    /// Its rows: none, the pair of the approval, or that and the pair that takes it back.
    pub rows: Vec<AppealRow>,
}

/// Which appeals; empty: all.
#[derive(Debug, Clone, Copy, Default)]
pub struct AppealFilter {
    /// In this state.
    pub state: Option<AppealState>,
    /// Of which the line counts in this month, or that count or are to count in it.
    pub period: Option<Period>,
}

impl Warehouse {
    /// Files an appeal. Refused with a sentence when it says nothing that could be done (see
    /// [`WarehouseError::NotAllowed`]), and outside the window of its month: 窜货提报 for a
    /// diversion, 申诉 for every other kind; of two months, the earlier one's.
    pub async fn add_appeal(
        &self,
        new: &NewAppeal<'_>,
        on: OnDay<'_>,
        mode: Mode,
    ) -> Result<Appeal, WarehouseError> {
        let mut tx = self.begin().await?;
        let appeal = checks::checked(&mut tx, new, on).await?;
        let values = values![
            appeal.appeal_id,
            appeal.kind.as_str(),
            appeal.line_id,
            &appeal.distributor_id,
            appeal.flow_kind,
            appeal.day,
            appeal.business_period,
            appeal.booking_period,
            &appeal.customer_id,
            &appeal.product_id,
            appeal.quantity,
            &appeal.to_distributor,
            &appeal.to_customer,
            &appeal.to_product,
            &appeal.to_post,
            appeal.to_period.map(Period::number),
            &appeal.reason,
            &appeal.opened_by,
            &appeal.opened_at,
        ];
        tx.execute(&sql::INSERT_APPEAL, values).await?;
        tx.finish(mode).await?;
        Ok(appeal)
    }

    /// Appeals by number.
    pub async fn appeals(&self, filter: &AppealFilter) -> Result<Vec<Appeal>, WarehouseError> {
        let which = Which {
            state: filter.state,
            period: filter.period,
            ..Which::default()
        };
        select(&mut self.read().await?, which).await
    }

    /// Every appeal about a line, by number.
    pub async fn appeals_of_line(&self, line_id: i64) -> Result<Vec<Appeal>, WarehouseError> {
        select(&mut self.read().await?, Which::line(line_id)).await
    }

    /// Approved appeals whose line no longer counts, by number: their rows move something that is
    /// not there any more.
    pub async fn stale_appeals(&self) -> Result<Vec<Appeal>, WarehouseError> {
        let filter = AppealFilter {
            state: Some(AppealState::Approved),
            period: None,
        };
        let mut approved = self.appeals(&filter).await?;
        approved.retain(Appeal::is_stale);
        Ok(approved)
    }

    /// One appeal with everything that came of it.
    pub async fn appeal(&self, appeal_id: i64) -> Result<AppealDetail, WarehouseError> {
        detail(&mut self.read().await?, appeal_id).await
    }

    /// What approved appeals add to the folds of the same filter, pairs that take back included, by
    /// appeal. Both rows of a pair are given only if both fall into the filter.
    pub async fn appeal_rows(
        &self,
        filter: FoldFilter<'_>,
    ) -> Result<Vec<AppealRow>, WarehouseError> {
        rows::select(&mut self.read().await?, rows::Asked::Filter(filter)).await
    }
}

/// Which appeals are read.
#[derive(Debug, Clone, Copy, Default)]
struct Which {
    appeal_id: Option<i64>,
    line_id: Option<i64>,
    state: Option<AppealState>,
    period: Option<Period>,
}

impl Which {
    fn line(line_id: i64) -> Self {
        Which {
            line_id: Some(line_id),
            ..Which::default()
        }
    }
}

async fn select(tx: &mut Tx, which: Which) -> Result<Vec<Appeal>, WarehouseError> {
    let values = values![
        which.appeal_id,
        which.line_id,
        which.state.map(AppealState::as_str),
        which.period.map(Period::number),
    ];
    tx.all(&sql::SELECT_APPEALS, values, read).await
}

async fn detail(tx: &mut Tx, appeal_id: i64) -> Result<AppealDetail, WarehouseError> {
    let which = Which {
        appeal_id: Some(appeal_id),
        ..Which::default()
    };
    let found = select(tx, which).await?.into_iter().next();
    let appeal = found.ok_or_else(|| WarehouseError::NotFound {
        what: "appeal",
        id: appeal_id.to_string(),
    })?;
    let decisions = tx
        .all(&sql::SELECT_APPEAL_HISTORY, values![appeal_id], |row| {
            Ok(AppealDecision {
                state: row.word("state of an appeal", AppealState::from_word)?,
                note: row.text()?,
                decided_by: row.text()?,
                decided_at: row.text()?,
            })
        })
        .await?;
    let rows = rows::select(tx, rows::Asked::Appeal(appeal_id)).await?;
    Ok(AppealDetail {
        appeal,
        decisions,
        rows,
    })
}

fn read(row: &mut Row) -> Result<Appeal, WarehouseError> {
    Ok(Appeal {
        appeal_id: row.int()?,
        kind: row.word("kind of an appeal", AppealKind::from_word)?,
        line_id: row.int()?,
        distributor_id: row.text()?,
        flow_kind: row.kind()?,
        day: row.day()?,
        business_period: row.period()?,
        booking_period: row.period()?,
        customer_id: row.text()?,
        product_id: row.text()?,
        quantity: row.micros()?,
        to_distributor: row.text()?,
        to_customer: row.text()?,
        to_product: row.text()?,
        to_post: row.text()?,
        to_period: row.opt_period()?,
        reason: row.text()?,
        opened_by: row.text()?,
        opened_at: row.text()?,
        state: row.word("state of an appeal", AppealState::from_word)?,
        note: row.text()?,
        decided_by: row.text()?,
        decided_at: row.text()?,
        line_counts: row.flag()?,
    })
}
