//! Windows (窗口): the days of an accounting month's aftermath on which a kind of work may be done.
//!
//! A window opens and closes so many days after the last day of its month, unless somebody opened
//! or closed it by hand. Not here: where hand-made decisions are kept, and which command asks.

use serde::{Deserialize, Serialize};

use crate::day::{Day, DayRange, Period, PeriodRule};

/// A kind of work that is done on certain days only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// 流向上传: distributors' files come in.
    Upload,
    /// 对照: names are decided.
    Mapping,
    /// 在途/终端库存: stock in transit and at terminals is reported.
    Stock,
    /// 窜货提报: diversions are reported.
    Diversion,
    /// 申诉: appeals are filed.
    Appeal,
    /// 销量确认: posts confirm their sales or object.
    Confirmation,
}

impl Window {
    /// Every window, in the order they usually come.
    pub const ALL: [Window; 6] = [
        Window::Upload,
        Window::Mapping,
        Window::Stock,
        Window::Diversion,
        Window::Appeal,
        Window::Confirmation,
    ];

    /// The word in settings, tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Window::Upload => "upload",
            Window::Mapping => "mapping",
            Window::Stock => "stock",
            Window::Diversion => "diversion",
            Window::Appeal => "appeal",
            Window::Confirmation => "confirmation",
        }
    }

    /// The window with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Window::ALL
            .into_iter()
            .find(|window| window.as_str() == word)
    }
}

/// First and last day of a window, in days after the last day of the accounting month; negative:
/// before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowDays {
    /// First day.
    pub opens: i64,
    /// Last day, not before the first.
    pub closes: i64,
}

/// The days of every window (`[windows]`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// 流向上传.
    pub upload: WindowDays,
    /// 对照.
    pub mapping: WindowDays,
    /// 在途/终端库存.
    pub stock: WindowDays,
    /// 窜货提报.
    pub diversion: WindowDays,
    /// 申诉.
    pub appeal: WindowDays,
    /// 销量确认.
    pub confirmation: WindowDays,
}

impl Default for Windows {
    fn default() -> Self {
        let days = |opens, closes| WindowDays { opens, closes };
        Windows {
            upload: days(-30, 5),
            mapping: days(-30, 8),
            stock: days(1, 5),
            diversion: days(1, 10),
            appeal: days(3, 12),
            confirmation: days(13, 17),
        }
    }
}

impl Windows {
    /// The days of one window.
    pub fn of(&self, window: Window) -> WindowDays {
        match window {
            Window::Upload => self.upload,
            Window::Mapping => self.mapping,
            Window::Stock => self.stock,
            Window::Diversion => self.diversion,
            Window::Appeal => self.appeal,
            Window::Confirmation => self.confirmation,
        }
    }
}

/// Whether work may be done in a window on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowState {
    /// 未开启: its first day has not come.
    NotOpen,
    /// 进行中.
    Open,
    /// 过期关闭: its last day has passed.
    Expired,
    /// 手动开启: whatever the day.
    OpenedByHand,
    /// 手动关闭: whatever the day.
    ClosedByHand,
}

impl WindowState {
    /// The word in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            WindowState::NotOpen => "not_open",
            WindowState::Open => "open",
            WindowState::Expired => "expired",
            WindowState::OpenedByHand => "opened_by_hand",
            WindowState::ClosedByHand => "closed_by_hand",
        }
    }

    /// Whether work may be done.
    pub fn is_open(self) -> bool {
        matches!(self, WindowState::Open | WindowState::OpenedByHand)
    }
}

/// A company's windows, laid out in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Schedule {
    /// Which days belong to an accounting month.
    pub rule: PeriodRule,
    /// The days of its windows.
    pub windows: Windows,
}

impl Schedule {
    /// First and last day of a window; `None` beyond the calendar.
    pub fn days_of(&self, period: Period, window: Window) -> Option<DayRange> {
        let last = self.rule.days_of(period)?.last;
        let days = self.windows.of(window);
        DayRange::new(last.plus_days(days.opens)?, last.plus_days(days.closes)?)
    }

    /// The state of a window on a day. `by_hand`: whether somebody opened (`true`) or closed it.
    pub fn state(
        &self,
        period: Period,
        window: Window,
        by_hand: Option<bool>,
        today: Day,
    ) -> WindowState {
        match (by_hand, self.days_of(period, window)) {
            (Some(true), _) => WindowState::OpenedByHand,
            (Some(false), _) => WindowState::ClosedByHand,
            (None, Some(days)) if today < days.first => WindowState::NotOpen,
            (None, Some(days)) if days.contains(today) => WindowState::Open,
            (None, _) => WindowState::Expired,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_follows_the_last_day_of_its_month() {
        let period = Period::from_iso("2026-02").unwrap();
        for (cutoff_day, first, last) in [(31, "03-03", "03-12"), (25, "02-28", "03-09")] {
            let schedule = Schedule {
                rule: PeriodRule { cutoff_day },
                windows: Windows::default(),
            };
            assert_eq!(
                schedule
                    .days_of(period, Window::Appeal)
                    .unwrap()
                    .to_string(),
                format!("2026-{first}..2026-{last}")
            );
        }
    }

    #[test]
    fn the_hand_outranks_the_calendar() {
        let schedule = Schedule::default();
        let period = Period::from_iso("2026-02").unwrap();
        for (by_hand, today, state) in [
            (None, "2026-03-02", WindowState::NotOpen),
            (None, "2026-03-03", WindowState::Open),
            (None, "2026-03-12", WindowState::Open),
            (None, "2026-03-13", WindowState::Expired),
            (Some(true), "2026-03-13", WindowState::OpenedByHand),
            (Some(false), "2026-03-03", WindowState::ClosedByHand),
        ] {
            let today = Day::from_iso(today).unwrap();
            assert_eq!(
                schedule.state(period, Window::Appeal, by_hand, today),
                state,
                "{today} {by_hand:?}"
            );
        }
    }
}
