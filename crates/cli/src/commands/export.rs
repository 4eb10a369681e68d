//! `channelflow export FILE`: flow records as CSV, Parquet or Excel.

use std::path::PathBuf;

use channelflow_model::messages::say;
use channelflow_model::{FlowKind, Period, Sentence};
use channelflow_pipeline::table::count;
use channelflow_warehouse::{FlowFilter, LineStatus};
use clap::Args;

use crate::exit::{Exit, usage};
use crate::export::Writer;
use crate::output;
use crate::session::{Context, Session};

/// Arguments of `export`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// File to write; its ending says the format: .csv, .xlsx or .parquet
    file: PathBuf,
    /// Of this distributor
    #[arg(long, short)]
    distributor: Option<String>,
    /// Of this kind
    #[arg(long, value_name = "sale|purchase|inventory")]
    kind: Option<FlowKind>,
    /// Counting in this month, such as 2026-01
    #[arg(long)]
    period: Option<String>,
    /// Held and ignored rows too
    #[arg(long)]
    all: bool,
}

/// Writes the file.
pub async fn execute(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let booking_period = match &arguments.period {
        None => None,
        Some(text) => Some(
            Period::from_iso(text)
                .ok_or_else(|| usage(Sentence::new("not_a_period").fact("found", text)))?,
        ),
    };
    let session = Session::open(context).await?;
    session
        .check_distributor(arguments.distributor.as_deref())
        .await?;
    let filter = FlowFilter {
        distributor_id: arguments.distributor.clone(),
        kind: arguments.kind,
        days: None,
        booking_period,
        status: (!arguments.all).then_some(LineStatus::Accepted),
        as_of_load: None,
    };
    let mut writer = Writer::create(&arguments.file, session.lang)?;
    let mut failure = None;
    let rows = session
        .warehouse
        .flow_rows(&filter, &mut |row| {
            writer.write(&row).map_err(|error| {
                let text = format!("{error:#}");
                failure = Some(error);
                text
            })
        })
        .await;
    if let Some(error) = failure {
        return Err(error);
    }
    let rows = rows?;
    writer.finish()?;
    output::note(&say(
        session.lang,
        "export_written",
        &[("rows", &count(rows)), ("path", &arguments.file.display())],
    ));
    Ok(Exit::Done)
}
