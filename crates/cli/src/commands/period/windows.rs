//! `channelflow period windows|open-window|close-window` (窗口).

use channelflow_model::messages::{label, say};
use channelflow_model::window::{Window, WindowState};
use channelflow_model::{Day, Lang, Period};
use channelflow_pipeline::table::{Align, Table};
use channelflow_warehouse::{Mode, OnDay};

use crate::Format;
use crate::exit::Exit;
use crate::output;
use crate::session::{Context, Session};

/// Lists the windows of a month as they stand today.
pub async fn list(context: &Context, period: Period) -> anyhow::Result<Exit> {
    let session = Session::open(context).await?;
    let lang = session.lang;
    let schedule = session.company.schedule();
    let on = OnDay {
        today: session.today,
        schedule: &schedule,
    };
    let windows = session.warehouse.windows(period, on).await?;
    if session.format == Format::Json {
        output::json(&windows)?;
        return Ok(Exit::Done);
    }
    let titles = [
        "column_window",
        "column_first_day",
        "column_last_day",
        "column_state",
        "column_decided_by",
        "column_decided_at",
    ]
    .map(|code| label(lang, code));
    let mut table = Table::new([
        (titles[0].as_str(), Align::Left),
        ("", Align::Left),
        (titles[1].as_str(), Align::Left),
        (titles[2].as_str(), Align::Left),
        (titles[3].as_str(), Align::Left),
        (titles[4].as_str(), Align::Left),
        (titles[5].as_str(), Align::Left),
    ]);
    let shown = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
    for row in windows {
        table.row([
            row.window.as_str().to_owned(),
            name_of(row.window, lang),
            shown(row.first),
            shown(row.last),
            state_of(row.state, lang),
            row.decided_by,
            row.decided_at,
        ]);
    }
    let heading = say(
        lang,
        "window_heading",
        &[("period", &period), ("today", &session.today)],
    );
    output::text(&format!("{heading}\n{}", table.render("")))?;
    Ok(Exit::Done)
}

/// Opens or closes a window by hand.
pub async fn set(
    context: &Context,
    period: Period,
    window: Window,
    opened: bool,
    mode: Mode,
) -> anyhow::Result<Exit> {
    let session = Session::open_for(context, mode).await?;
    let lang = session.lang;
    let schedule = session.company.schedule();
    let on = OnDay {
        today: session.today,
        schedule: &schedule,
    };
    let (who, at) = (session.who.as_str(), session.at.as_str());
    let row = session
        .warehouse
        .set_window(period, window, opened, on, who, at, mode)
        .await?;
    let dry_run = mode == Mode::DryRun;
    if session.format == Format::Json {
        output::json(&serde_json::json!({"dry_run": dry_run, "period": period, "window": row}))?;
        return Ok(Exit::Done);
    }
    let code = if dry_run {
        "window_would_change"
    } else {
        "window_changed"
    };
    let facts: [(&str, &dyn std::fmt::Display); 3] = [
        ("period", &period),
        ("window", &name_of(window, lang)),
        ("state", &state_of(row.state, lang)),
    ];
    output::text(&format!("{}\n", say(lang, code, &facts)))?;
    Ok(Exit::Done)
}

fn name_of(window: Window, lang: Lang) -> String {
    label(lang, &format!("window_{}", window.as_str()))
}

fn state_of(state: WindowState, lang: Lang) -> String {
    label(lang, &format!("window_state_{}", state.as_str()))
}
