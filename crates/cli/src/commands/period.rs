//! `channelflow period list|close|reopen`.

use channelflow_model::messages::{label, say};
use channelflow_model::{Period, Sentence};
use channelflow_pipeline::table::{Align, Table};
use channelflow_warehouse::Mode;
use clap::Subcommand;

use crate::Format;
use crate::exit::{Exit, usage};
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
}

/// Carries it out.
pub async fn execute(context: &Context, command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::List => list(context).await,
        Command::Close { period, dry_run } => change(context, period, true, mode(*dry_run)).await,
        Command::Reopen { period, dry_run } => change(context, period, false, mode(*dry_run)).await,
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
    let Some(period) = Period::from_iso(period) else {
        return Err(usage(Sentence::new("not_a_period").fact("found", period)));
    };
    let session = Session::open_for(context, mode).await?;
    let (who, at) = (session.who.as_str(), session.at.as_str());
    if close {
        session
            .warehouse
            .close_period(period, who, at, mode)
            .await?;
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
