//! `channelflow period list|close|reopen|windows|open-window|close-window`.

mod windows;

use channelflow_model::appeal::AppealState;
use channelflow_model::messages::{label, say};
use channelflow_model::window::Window;
use channelflow_pipeline::table::{Align, Table};
use channelflow_warehouse::{AppealFilter, Mode};
use clap::Subcommand;
use clap::builder::TypedValueParser;

use crate::Format;
use crate::commands::appeal::{period as read_period, warn_of_stale, words};
use crate::exit::Exit;
use crate::output;
use crate::session::{Context, Session, mode};

/// Arguments of `period`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List accounting months
    List,
    /// Close a month: later differences are booked in the open one
    Close {
        /// The month, such as 2026-01
        period: String,
        /// Say what would happen and store nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Open a closed month again
    Reopen {
        /// The month, such as 2026-01
        period: String,
        /// Say what would happen and store nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Windows of a month (窗口): their days, and how they stand today
    Windows {
        /// The month, such as 2026-01
        period: String,
    },
    /// Open a window by hand, whatever the day (手动开启)
    OpenWindow {
        /// The month, such as 2026-01
        period: String,
        /// The window
        #[arg(value_parser = known_windows())]
        window: Window,
        /// Say what would happen and store nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Close a window by hand, whatever the day (手动关闭)
    CloseWindow {
        /// The month, such as 2026-01
        period: String,
        /// The window
        #[arg(value_parser = known_windows())]
        window: Window,
        /// Say what would happen and store nothing
        #[arg(long)]
        dry_run: bool,
    },
}

fn known_windows() -> impl TypedValueParser<Value = Window> {
    words("window", Window::ALL.map(Window::as_str))
        .try_map(|word| Window::from_word(&word).ok_or("no such window"))
}

/// Carries it out.
pub async fn execute(context: &Context, command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::List => list(context).await,
        Command::Close { period, dry_run } => change(context, period, true, mode(*dry_run)).await,
        Command::Reopen { period, dry_run } => change(context, period, false, mode(*dry_run)).await,
        Command::Windows { period } => windows::list(context, read_period(period)?).await,
        Command::OpenWindow {
            period,
            window,
            dry_run,
        } => windows::set(context, read_period(period)?, *window, true, mode(*dry_run)).await,
        Command::CloseWindow {
            period,
            window,
            dry_run,
        } => {
            windows::set(
                context,
                read_period(period)?,
                *window,
                false,
                mode(*dry_run),
            )
            .await
        }
    }
}

async fn list(context: &Context) -> anyhow::Result<Exit> {
    let session = Session::open(context).await?;
    let periods = session.warehouse.periods().await?;
    if session.format == Format::Json {
        output::json(&periods)?;
        return Ok(Exit::Done);
    }
    let titles = [
        "column_period",
        "column_state",
        "column_decided_by",
        "column_decided_at",
    ]
    .map(|code| label(session.lang, code));
    let mut table = Table::new([
        (titles[0].as_str(), Align::Left),
        (titles[1].as_str(), Align::Left),
        (titles[2].as_str(), Align::Left),
        (titles[3].as_str(), Align::Left),
    ]);
    for row in periods {
        let state = if row.closed {
            "period_closed"
        } else {
            "period_open"
        };
        table.row([
            row.period.to_string(),
            label(session.lang, state),
            row.decided_by,
            row.decided_at,
        ]);
    }
    output::text(&table.render(""))?;
    Ok(Exit::Done)
}

async fn change(context: &Context, period: &str, close: bool, mode: Mode) -> anyhow::Result<Exit> {
    let period = read_period(period)?;
    let session = Session::open_for(context, mode).await?;
    let (who, at) = (session.who.as_str(), session.at.as_str());
    if close {
        session
            .warehouse
            .close_period(period, who, at, mode)
            .await?;
        // Once the month is closed they cannot be taken back any more.
        let approved = AppealFilter {
            state: Some(AppealState::Approved),
            period: Some(period),
        };
        let approved = session.warehouse.appeals(&approved).await?;
        warn_of_stale(&approved, session.lang);
    } else {
        session
            .warehouse
            .reopen_period(period, who, at, mode)
            .await?;
    }
    let state = label(
        session.lang,
        if close {
            "period_closed"
        } else {
            "period_open"
        },
    );
    let code = if mode == Mode::DryRun {
        "period_would_change"
    } else {
        "period_changed"
    };
    match session.format {
        Format::Json => output::json(&serde_json::json!({
            "period": period.to_string(), "closed": close, "dry_run": mode == Mode::DryRun
        }))?,
        Format::Text => output::text(&format!(
            "{}\n",
            say(
                session.lang,
                code,
                &[("period", &period), ("state", &state)]
            )
        ))?,
    }
    Ok(Exit::Done)
}
