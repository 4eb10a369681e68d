//! Windows of an accounting month: what was opened or closed by hand, and what holds on a day.
//!
//! Not here: which days a window has by the calendar (`channelflow_model::window`).

use channelflow_model::window::{Schedule, Window, WindowState};
use channelflow_model::{Day, Period, Sentence};
use serde::{Deserialize, Serialize};

use crate::database::Tx;
use crate::delivery::Mode;
use crate::value::values;
use crate::{Warehouse, WarehouseError, sql};

/// The day something is asked for, and the company's windows.
#[derive(Debug, Clone, Copy)]
pub struct OnDay<'s> {
    /// The day.
    pub today: Day,
    /// The windows.
    pub schedule: &'s Schedule,
}

/// A window of a month as it stands on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowRow {
    /// Which window.
    pub window: Window,
    /// First day by the settings; `None` beyond the calendar.
    pub first: Option<Day>,
    /// Last day by the settings.
    pub last: Option<Day>,
    /// Whether work may be done.
    pub state: WindowState,
    /// Who opened or closed it by hand last; empty for nobody.
    pub decided_by: String,
    /// When; empty for never.
    pub decided_at: String,
}

impl Warehouse {
    /// Every window of a month as it stands on a day.
    pub async fn windows(
        &self,
        period: Period,
        on: OnDay<'_>,
    ) -> Result<Vec<WindowRow>, WarehouseError> {
        select(&mut self.read().await?, period, on).await
    }

    /// Opens (`opened`) or closes a window by hand, whatever the day; returns how it stands then.
    #[expect(
        clippy::too_many_arguments,
        reason = "who, when and on which day belong to every decision"
    )]
    pub async fn set_window(
        &self,
        period: Period,
        window: Window,
        opened: bool,
        on: OnDay<'_>,
        who: &str,
        at: &str,
        mode: Mode,
    ) -> Result<WindowRow, WarehouseError> {
        let mut tx = self.write().await?;
        tx.execute(&sql::LOCK_PERIODS, Vec::new()).await?;
        let values = values![period, window.as_str(), opened, who, at];
        tx.execute(&sql::INSERT_WINDOW, values).await?;
        let rows = select(&mut tx, period, on).await?;
        let row = rows.into_iter().find(|row| row.window == window);
        tx.finish(mode).await?;
        row.ok_or_else(|| WarehouseError::Misuse {
            what: format!("there is no window `{}`", window.as_str()),
        })
    }
}

async fn select(
    tx: &mut Tx,
    period: Period,
    on: OnDay<'_>,
) -> Result<Vec<WindowRow>, WarehouseError> {
    let by_hand = tx
        .all(&sql::SELECT_WINDOWS, values![period], |row| {
            Ok((row.text()?, row.flag()?, row.text()?, row.text()?))
        })
        .await?;
    let rows = Window::ALL.into_iter().map(|window| {
        let hand = by_hand.iter().find(|(name, ..)| name == window.as_str());
        let days = on.schedule.days_of(period, window);
        let opened = hand.map(|(_, opened, ..)| *opened);
        WindowRow {
            window,
            first: days.map(|days| days.first),
            last: days.map(|days| days.last),
            state: on.schedule.state(period, window, opened, on.today),
            decided_by: hand.map(|(_, _, who, _)| who.clone()).unwrap_or_default(),
            decided_at: hand.map(|(_, _, _, at)| at.clone()).unwrap_or_default(),
        }
    });
    Ok(rows.collect())
}

/// Refuses work outside an open window.
pub(crate) async fn require(
    tx: &mut Tx,
    period: Period,
    window: Window,
    on: OnDay<'_>,
) -> Result<(), WarehouseError> {
    let rows = select(tx, period, on).await?;
    let Some(row) = rows.into_iter().find(|row| row.window == window) else {
        return Ok(());
    };
    let code = match row.state {
        WindowState::Open | WindowState::OpenedByHand => return Ok(()),
        WindowState::NotOpen => "window_not_yet_open",
        WindowState::Expired => "window_has_expired",
        WindowState::ClosedByHand => "window_was_closed",
    };
    let shown = |day: Option<Day>| day.map_or_else(|| "–".to_owned(), |day| day.to_string());
    Err(WarehouseError::NotAllowed(
        Sentence::new(code)
            .fact("window", window.as_str())
            .fact("name", window.as_str())
            .fact("period", period)
            .fact("first", shown(row.first))
            .fact("last", shown(row.last))
            .fact("today", on.today)
            .fact("who", row.decided_by),
    ))
}
