//! `channelflow explain LINE`: from a stored line back to its original cells.

use channelflow_pipeline::explain::{explain, render};
use clap::Args;

use crate::Format;
use crate::exit::Exit;
use crate::output;
use crate::session::{Context, Session};

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Number of the line, as views, exports and the feed show it
    line: i64,
}

/// Explains one line.
pub async fn execute(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let session = Session::open(context).await?;
    let explanation = explain(&session.company, &session.warehouse, arguments.line).await?;
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
