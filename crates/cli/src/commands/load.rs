//! `channelflow load` and `channelflow try`: files named by a person.

use std::path::PathBuf;

use channelflow_model::{FlowKind, Sentence};
use channelflow_pipeline::adhoc::{Taking, Told, job_of, take_file};
use channelflow_pipeline::report::{FileReport, FileState, RunReport};
use channelflow_pipeline::report_text;
use channelflow_pipeline::rule_accept::accept_by_rule;
use channelflow_pipeline::standing::held;
use channelflow_warehouse::Mode;
use clap::Args;

use crate::Format;
use crate::exit::{Exit, usage};
use crate::output;
use crate::session::{Context, Session, mode, no_distributor};

/// Arguments of `load`.
#[derive(Debug, Args)]
pub struct LoadArguments {
    #[command(flatten)]
    what: What,
    /// Say what would happen and store nothing (the same as `try`)
    #[arg(long)]
    dry_run: bool,
}

/// Arguments of `try`.
#[derive(Debug, Args)]
pub struct TryArguments {
    #[command(flatten)]
    what: What,
}

#[derive(Debug, Args)]
struct What {
    /// Files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Distributor the files come from; recognised from folder, file name or content otherwise
    #[arg(long, short, value_name = "ID")]
    distributor: Option<String>,
    /// What the sheets report; recognised otherwise
    #[arg(long, value_name = "sale|purchase|inventory")]
    kind: Option<FlowKind>,
}

/// Loads files.
pub async fn execute(context: &Context, arguments: &LoadArguments) -> anyhow::Result<Exit> {
    take(context, &arguments.what, mode(arguments.dry_run)).await
}

/// Tries files.
pub async fn execute_try(context: &Context, arguments: &TryArguments) -> anyhow::Result<Exit> {
    take(context, &arguments.what, Mode::DryRun).await
}

async fn take(context: &Context, what: &What, mode: Mode) -> anyhow::Result<Exit> {
    for file in &what.files {
        if !file.is_file() {
            return Err(usage(Sentence::new("no_file").fact("path", file.display())));
        }
    }
    let session = Session::open_for(context, mode).await?;
    let told = Told {
        distributor: told_distributor(&session, what).await?,
        kind: what.kind,
    };
    let company = &session.company.config.company.name;
    let mut report = RunReport::new(company, &session.at, mode == Mode::DryRun);
    if mode == Mode::Commit {
        report.run_id = Some(session.warehouse.start_run("load", &session.at).await?);
    }
    for file in &what.files {
        let job = job_of(&session.company, file, &told, mode)?;
        let taking = Taking {
            run_id: report.run_id,
            at: &session.at,
            mode,
            again: false,
            layout: None,
        };
        let (file, restated) =
            take_file(&session.company, &session.warehouse, job, &taking).await?;
        report.restatements.extend(restated);
        report.push(file);
    }
    finish(&session, report).await
}

/// Completes the report of files a person named, prints it, and says how it ended: what these
/// files hold, not what the company holds besides.
pub(super) async fn finish(session: &Session, mut report: RunReport) -> anyhow::Result<Exit> {
    if !report.dry_run {
        let rules = &session.company.rules;
        let by_rule =
            accept_by_rule(rules, &session.warehouse, &session.at, session.company.lang).await?;
        report.accepted_by_rule = by_rule.accepted;
        report.findings.extend(by_rule.findings);
    }
    for submission in report.files.iter().filter_map(|file| file.submission_id) {
        if !report.dry_run {
            let (groups, rows, amount) = held(&session.warehouse, Some(submission)).await?;
            report.held.extend(groups);
            report.held_rows += rows;
            report.held_amount = report
                .held_amount
                .checked_add(amount)
                .unwrap_or(report.held_amount);
        }
    }
    if let Some(run_id) = report.run_id {
        let outcome = serde_json::to_value(&report)?;
        session
            .warehouse
            .finish_run(run_id, &session.at, &outcome)
            .await?;
    }
    match session.format {
        Format::Json => output::json(&report)?,
        Format::Text => output::text(&report_text::render(&report, session.lang))?,
    }
    let released = !report.accepted_by_rule.is_empty() && report.held_rows == 0;
    let held_here = report.rows.held_total() > 0 && !released;
    let to_do = report.files.iter().any(FileReport::needs_action);
    Ok(if report.count(FileState::UnknownDistributor) > 0 {
        Exit::Usage
    } else if held_here || to_do {
        Exit::Attention
    } else {
        Exit::Done
    })
}

/// The distributor a person named, if it exists.
async fn told_distributor(session: &Session, what: &What) -> anyhow::Result<Option<String>> {
    let Some(told) = &what.distributor else {
        return Ok(None);
    };
    let master = session.warehouse.master().await?;
    if let Some(known) = master
        .distributors
        .iter()
        .find(|known| known.id == *told || known.name == *told)
    {
        return Ok(Some(known.id.clone()));
    }
    Err(no_distributor(told, &master.distributors))
}
