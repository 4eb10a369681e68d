//! `[windows]`: first and last day of every window. What a window is for is known by
//! `channelflow_model::window`; only that it can be open at all is checked here.

use channelflow_model::Sentence;
use channelflow_model::window::{WindowDays, Windows};

use crate::document::Section;

/// Furthest a window may lie from the last day of its month, in days.
const FURTHEST: i64 = 366;

pub(crate) fn read(section: &mut Section<'_>) -> Windows {
    let default = Windows::default();
    Windows {
        upload: days(section, "upload", default.upload),
        mapping: days(section, "mapping", default.mapping),
        stock: days(section, "stock", default.stock),
        diversion: days(section, "diversion", default.diversion),
        appeal: days(section, "appeal", default.appeal),
        confirmation: days(section, "confirmation", default.confirmation),
    }
}

fn days(section: &mut Section<'_>, key: &'static str, default: WindowDays) -> WindowDays {
    section.table(key, |inner| {
        let days = WindowDays {
            opens: inner.number("opens", default.opens, -FURTHEST, FURTHEST),
            closes: inner.number("closes", default.closes, -FURTHEST, FURTHEST),
        };
        if days.closes < days.opens {
            let found = Sentence::new("settings_window_never_open")
                .fact("name", format!("windows.{key}"))
                .fact("opens", days.opens)
                .fact("closes", days.closes);
            inner.problem(inner.line(), found);
        }
        days
    })
}
