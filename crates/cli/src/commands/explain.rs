//! `channelflow explain LINE`: from a stored line, or a line of a statement, back to original cells.

use channelflow_model::Sentence;
use channelflow_pipeline::explain::{explain, render};
use channelflow_pipeline::explain_statement;
use clap::Args;

use crate::Format;
use crate::exit::{Exit, usage};
use crate::output;
use crate::session::{Context, Session};

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Number of a flow line, as views, exports and the feed show it; or a line of a statement:
    /// 2026-02-D01-1:3
    line: String,
}

/// Explains one line.
pub async fn execute(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    if let Ok(line) = arguments.line.parse::<i64>() {
        return flow_line(context, line).await;
    }
    let of_statement = arguments.line.rsplit_once(':');
    let Some((number, line_no)) =
        of_statement.and_then(|(number, line)| Some((number, line.parse::<i64>().ok()?)))
    else {
        return Err(usage(
            Sentence::new("explain_which").fact("found", &arguments.line),
        ));
    };
    let session = Session::open(context).await?;
    let explained =
        explain_statement::explain_statement(&session.company, &session.warehouse, number, line_no)
            .await?;
    match session.format {
        Format::Json => output::json(&explained)?,
        Format::Text => output::text(&explain_statement::render(&explained, session.lang))?,
    }
    let held = explained.line.amount.is_none();
    Ok(if held { Exit::Attention } else { Exit::Done })
}

async fn flow_line(context: &Context, line: i64) -> anyhow::Result<Exit> {
    let session = Session::open(context).await?;
    let explanation = explain(&session.company, &session.warehouse, line).await?;
    match session.format {
        Format::Json => output::json(&explanation)?,
        Format::Text => output::text(&render(&explanation, session.lang))?,
    }
    Ok(if explanation.problem.is_some() {
        Exit::Attention
    } else {
        Exit::Done
    })
}
