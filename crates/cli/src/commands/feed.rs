//! `channelflow feed`: every change as NDJSON, resumable, nothing skipped.

use channelflow_warehouse::Cursor;
use clap::Args;

use crate::exit::Exit;
use crate::output;
use crate::session::{Context, Session};

/// Changes fetched at a time.
const PAGE: usize = 10_000;

/// Arguments of `feed`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Go on after this cursor; `0:0` is the beginning
    #[arg(long, default_value = "0:0")]
    after: String,
    /// At most so many changes
    #[arg(long)]
    limit: Option<usize>,
}

/// Prints one JSON object per change and ends with the cursor to go on with.
pub async fn execute(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let session = Session::open(context).await?;
    let mut cursor: Cursor = arguments.after.parse()?;
    let mut left = arguments.limit.unwrap_or(usize::MAX);
    while left > 0 {
        let page = session.warehouse.feed(cursor, left.min(PAGE)).await?;
        let mut lines = String::new();
        for change in &page.changes {
            lines.push_str(&serde_json::to_string(change)?);
            lines.push('\n');
        }
        output::text(&lines)?;
        left -= page.changes.len().min(left);
        cursor = page.next;
        if !page.more {
            break;
        }
    }
    let held = session.warehouse.held_count().await?;
    let end = serde_json::json!({ "cursor": cursor, "op": "end", "held": held });
    output::text(&format!("{end}\n"))?;
    Ok(Exit::Done)
}
