//! Deciding an appeal: approve, refuse, withdraw, take back. A decision is added, never edited.
//!
//! Not here: filing it (`checks`), and how a pair of rows is made (`rows`).

use std::collections::BTreeSet;

use channelflow_model::appeal::AppealState;
use channelflow_model::{Period, Sentence};

use super::{AppealDetail, checks, detail, rows};
use crate::delivery::Mode;
use crate::value::{Row, values};
use crate::{Warehouse, WarehouseError, sql};

/// What is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppealAction {
    /// It is right: its pair of rows counts from now on.
    Approve,
    /// It is not.
    Refuse,
    /// Whoever opened it does not want it any more.
    Withdraw,
    /// It was approved, and should not have been: a second pair of rows cancels the first.
    TakeBack,
}

impl AppealAction {
    /// The state an appeal must have, and the one it gets.
    fn states(self) -> (AppealState, AppealState) {
        match self {
            AppealAction::Approve => (AppealState::Open, AppealState::Approved),
            AppealAction::Refuse => (AppealState::Open, AppealState::Refused),
            AppealAction::Withdraw => (AppealState::Open, AppealState::Withdrawn),
            AppealAction::TakeBack => (AppealState::Approved, AppealState::TakenBack),
        }
    }
}

impl Warehouse {
    /// Records a decision and returns the appeal with what came of it. Refused with a sentence when
    /// the appeal is past it, when its line no longer counts, when a month it is booked in is
    /// closed, and when refusing or taking back is not explained.
    pub async fn decide_appeal(
        &self,
        appeal_id: i64,
        action: AppealAction,
        note: &str,
        who: &str,
        at: &str,
        mode: Mode,
    ) -> Result<AppealDetail, WarehouseError> {
        let mut tx = self.begin().await?;
        let before = detail(&mut tx, appeal_id).await?;
        let appeal = &before.appeal;
        let (needed, becomes) = action.states();
        if appeal.state != needed {
            return Err(Sentence::new("appeal_is_past_that")
                .fact("appeal", appeal_id)
                .fact("appeal_state", appeal.state.as_str())
                .into());
        }
        let explains = matches!(action, AppealAction::Refuse | AppealAction::TakeBack);
        if explains && note.trim().is_empty() {
            return Err(Sentence::new("appeal_without_note").into());
        }
        let beyond = || WarehouseError::Misuse {
            what: format!("appeal {appeal_id} moves more than can be counted"),
        };
        let pair = match action {
            AppealAction::Refuse | AppealAction::Withdraw => None,
            AppealAction::Approve => {
                let line = checks::line_of(&mut tx, appeal.line_id).await?;
                let booking = checks::booking(&mut tx, appeal).await?;
                let moved = rows::select(&mut tx, rows::Asked::Line(appeal.line_id)).await?;
                Some(rows::pair(appeal, &line, booking, &moved).ok_or_else(beyond)?)
            }
            AppealAction::TakeBack => {
                let closed: BTreeSet<Period> = tx
                    .all(&sql::CLOSED_PERIODS, Vec::new(), Row::period)
                    .await?
                    .into_iter()
                    .collect();
                let mut booked = before.rows.iter().map(|row| row.booking_period);
                if let Some(period) = booked.find(|period| closed.contains(period)) {
                    return Err(Sentence::new("appeal_booked_in_closed")
                        .fact("appeal", appeal_id)
                        .fact("period", period)
                        .into());
                }
                Some(rows::taken_back(&before.rows).ok_or_else(beyond)?)
            }
        };
        if let Some(pair) = &pair {
            for row in pair {
                tx.execute(&sql::KNOW_PERIOD, values![row.booking_period])
                    .await?;
            }
            rows::insert(&mut tx, pair).await?;
        }
        let values = values![appeal_id, becomes.as_str(), note.trim(), who, at];
        tx.execute(&sql::INSERT_APPEAL_DECISION, values).await?;
        let after = detail(&mut tx, appeal_id).await?;
        tx.finish(mode).await?;
        Ok(after)
    }
}
