//! `channelflow runs list|show`: what ran when, how long it took and what it did.

use channelflow_model::messages::{label, say};
use channelflow_pipeline::clock::civil;
use channelflow_pipeline::report::RunReport;
use channelflow_pipeline::report_text;
use channelflow_pipeline::table::{Align, count};
use channelflow_warehouse::RunRow;
use clap::Subcommand;
use serde::Serialize;

use crate::Format;
use crate::commands::settings_import::table;
use crate::exit::{Exit, usage};
use crate::output;
use crate::session::{Context, Session};

/// Arguments of `runs`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List runs, newest first, with what they brought and how long they took
    List {
        /// At most so many
        #[arg(long, default_value_t = 30)]
        limit: u32,
    },
    /// Show the report of a run again
    Show {
        /// Number of the run
        run: i64,
    },
}

/// A run in the list.
#[derive(Debug, Serialize)]
struct Listed {
    run_id: i64,
    command: String,
    started_at: String,
    finished_at: Option<String>,
    seconds: Option<i64>,
    files: Option<usize>,
    rows_in: Option<u64>,
    loaded: Option<u64>,
    held_rows: Option<u64>,
    missing: Option<usize>,
    clean: Option<bool>,
}

/// Carries it out.
pub async fn execute(context: &Context, command: &Command) -> anyhow::Result<Exit> {
    let session = Session::open(context).await?;
    match command {
        Command::List { limit } => list(&session, *limit).await,
        Command::Show { run } => show(&session, *run).await,
    }
}

async fn list(session: &Session, limit: u32) -> anyhow::Result<Exit> {
    let runs: Vec<Listed> = session
        .warehouse
        .runs(limit)
        .await?
        .into_iter()
        .map(listed)
        .collect();
    if session.format == Format::Json {
        output::json(&runs)?;
        return Ok(Exit::Done);
    }
    if runs.is_empty() {
        output::note(&label(session.lang, "runs_none"));
        return Ok(Exit::Done);
    }
    let mut rows = table(
        session.lang,
        [
            ("column_run", Align::Right),
            ("column_begun", Align::Left),
            ("column_seconds", Align::Right),
            ("column_files", Align::Right),
            ("column_rows_in", Align::Right),
            ("column_loaded", Align::Right),
            ("column_held", Align::Right),
            ("column_missing", Align::Right),
            ("column_stands", Align::Left),
        ],
    );
    for run in &runs {
        let number = |number: Option<u64>| number.map_or_else(|| "–".to_owned(), count);
        let state = match (&run.finished_at, run.clean) {
            (None, _) => "source_state_under_way",
            (Some(_), Some(true)) => "runs_clean",
            (Some(_), _) => "runs_attention",
        };
        rows.row([
            run.run_id.to_string(),
            run.started_at
                .get(..16)
                .unwrap_or_default()
                .replace('T', " "),
            run.seconds
                .map_or_else(|| "–".to_owned(), |seconds| seconds.to_string()),
            number(run.files.map(|files| files as u64)),
            number(run.rows_in),
            number(run.loaded),
            number(run.held_rows),
            number(run.missing.map(|missing| missing as u64)),
            label(session.lang, state),
        ]);
    }
    output::text(&rows.render(""))?;
    Ok(Exit::Done)
}

fn listed(run: RunRow) -> Listed {
    let report: Option<RunReport> = serde_json::from_value(run.outcome).ok();
    let finished_at = (!run.finished_at.is_empty()).then_some(run.finished_at);
    let seconds = finished_at.as_deref().and_then(|finished| {
        let (begun, ended) = (civil(&run.started_at)?, civil(finished)?);
        let taken = ended.since((jiff::Unit::Second, begun)).ok()?;
        Some(taken.get_seconds())
    });
    Listed {
        run_id: run.run_id,
        command: run.command,
        started_at: run.started_at,
        seconds,
        files: report.as_ref().map(|it| it.files.len()),
        rows_in: report.as_ref().map(|it| it.rows.rows_in),
        loaded: report.as_ref().map(|it| it.rows.loaded),
        held_rows: report.as_ref().map(|it| it.held_rows),
        missing: report.as_ref().map(|it| it.missing.len()),
        clean: report.as_ref().map(RunReport::is_clean),
        finished_at,
    }
}

async fn show(session: &Session, run_id: i64) -> anyhow::Result<Exit> {
    let found = session.warehouse.runs(u32::MAX).await?;
    let Some(run) = found.into_iter().find(|run| run.run_id == run_id) else {
        return Err(usage(
            channelflow_model::Sentence::new("no_run").fact("run", run_id),
        ));
    };
    if session.format == Format::Json {
        output::json(&run)?;
        return Ok(Exit::Done);
    }
    match serde_json::from_value::<RunReport>(run.outcome) {
        Ok(report) => output::text(&report_text::render(&report, session.lang))?,
        Err(_) => output::note(&say(session.lang, "runs_no_report", &[("run", &run_id)])),
    }
    Ok(Exit::Done)
}
