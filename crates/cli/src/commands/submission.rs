//! `channelflow submission list|show|reload|undo`.

use channelflow_model::messages::{label, say};
use channelflow_pipeline::adhoc::{Taking, job_of_submission, take_file};
use channelflow_pipeline::report::{RowCounts, RunReport};
use channelflow_pipeline::report_text::{row_table, write_finding};
use channelflow_pipeline::table::{Align, Table};
use channelflow_warehouse::{Mode, SubmissionFilter, SubmissionState};
use clap::Subcommand;

use crate::Format;
use crate::commands::load::finish;
use crate::exit::Exit;
use crate::output;
use crate::session::{Context, Session, mode};

/// Arguments of `submission`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List deliveries, newest first
    List {
        /// Of this distributor
        #[arg(long, short)]
        distributor: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Show one delivery with its sheets, counts and findings
    Show {
        /// Number of the submission
        submission: i64,
    },
    /// Read a delivery again from its artifact, after its layout was edited
    Reload {
        /// Number of the submission
        submission: i64,
        /// Say what would happen and store nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Take a delivery back: its days return to what stood there before
    Undo {
        /// Number of the submission
        submission: i64,
        /// Say what would happen and store nothing
        #[arg(long)]
        dry_run: bool,
    },
}

/// Carries it out.
pub async fn execute(context: &Context, command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::List { distributor, limit } => list(context, distributor.clone(), *limit).await,
        Command::Show { submission } => show(context, *submission).await,
        Command::Reload {
            submission,
            dry_run,
        } => reload(context, *submission, mode(*dry_run)).await,
        Command::Undo {
            submission,
            dry_run,
        } => undo(context, *submission, mode(*dry_run)).await,
    }
}

async fn list(context: &Context, distributor: Option<String>, limit: u32) -> anyhow::Result<Exit> {
    let session = Session::open(context).await?;
    session.check_distributor(distributor.as_deref()).await?;
    let filter = SubmissionFilter {
        distributor_id: distributor,
        limit: Some(limit),
        ..SubmissionFilter::default()
    };
    let submissions = session.warehouse.submissions(&filter).await?;
    if session.format == Format::Json {
        output::json(&submissions)?;
        return Ok(Exit::Done);
    }
    let titles = [
        "column_number",
        "column_distributor",
        "column_file",
        "column_state",
        "column_received",
    ]
    .map(|code| label(session.lang, code));
    let mut table = Table::new([
        (titles[0].as_str(), Align::Right),
        (titles[1].as_str(), Align::Left),
        (titles[2].as_str(), Align::Left),
        (titles[3].as_str(), Align::Left),
        (titles[4].as_str(), Align::Left),
    ]);
    for submission in submissions {
        let distributor = format!(
            "{} {}",
            submission.distributor_id, submission.distributor_name
        );
        table.row([
            submission.submission_id.to_string(),
            distributor.trim().to_owned(),
            submission.file_name,
            label(
                session.lang,
                &format!("state_{}", submission.state.as_str()),
            ),
            submission.received_at,
        ]);
    }
    output::text(&table.render(""))?;
    Ok(Exit::Done)
}

async fn show(context: &Context, submission: i64) -> anyhow::Result<Exit> {
    let session = Session::open(context).await?;
    let detail = session.warehouse.submission(submission).await?;
    if session.format == Format::Json {
        output::json(&detail)?;
        return Ok(Exit::Done);
    }
    let row = &detail.submission;
    let mut text = say(
        session.lang,
        "submission_heading",
        &[
            ("submission", &row.submission_id),
            (
                "state",
                &label(session.lang, &format!("state_{}", row.state.as_str())),
            ),
            (
                "distributor",
                &format!("{} {}", row.distributor_id, row.distributor_name),
            ),
            ("file", &row.file_name),
            ("source", &row.source),
            ("at", &row.received_at),
            ("artifact", &row.artifact),
            ("bytes", &row.bytes),
        ],
    );
    text.push('\n');
    for sheet in &detail.sheets {
        let kind = sheet.kind.map_or_else(
            || "–".to_owned(),
            |kind| label(session.lang, &format!("kind_{kind}")),
        );
        let member = sheet
            .place
            .member
            .clone()
            .map(|m| format!("{m} "))
            .unwrap_or_default();
        // A text file has one sheet without a name.
        let name = match sheet.place.sheet.as_str() {
            "-" => String::new(),
            name => format!("[{name}] "),
        };
        text.push_str(&format!("  {member}{name}{kind} {}\n", sheet.fingerprint));
    }
    // Of a duplicate nothing was stored, and a refused file has no rows.
    let stored = !matches!(
        row.state,
        SubmissionState::Duplicate | SubmissionState::Refused
    );
    if stored && let Ok(rows) = serde_json::from_value::<RowCounts>(row.counts.clone()) {
        text.push_str(&row_table(&rows, session.lang));
    }
    for finding in &row.findings {
        write_finding(&mut text, finding, session.lang, "  ");
    }
    output::text(&text)?;
    Ok(Exit::Done)
}

async fn undo(context: &Context, submission: i64, mode: Mode) -> anyhow::Result<Exit> {
    let session = Session::open_for(context, mode).await?;
    let run_id = match mode {
        Mode::Commit => Some(session.warehouse.start_run("undo", &session.at).await?),
        Mode::DryRun => None,
    };
    let outcome = session
        .warehouse
        .undo(submission, run_id, &session.at, mode)
        .await?;
    if let Some(run_id) = run_id {
        let shown = serde_json::to_value(&outcome)?;
        session
            .warehouse
            .finish_run(run_id, &session.at, &shown)
            .await?;
    }
    if session.format == Format::Json {
        output::json(&outcome)?;
        return Ok(Exit::Done);
    }
    let code = if mode == Mode::DryRun {
        "submission_would_undo"
    } else {
        "submission_undone"
    };
    let mut text = say(
        session.lang,
        code,
        &[
            ("submission", &submission),
            ("closed", &outcome.closed),
            ("reopened", &outcome.reopened),
            ("days", &outcome.days_restored),
            ("late", &(outcome.late_lines + outcome.reversals)),
        ],
    );
    text.push('\n');
    for later in &outcome.left_alone {
        text.push_str(&format!(
            "  {}\n",
            say(
                session.lang,
                "submission_left_alone",
                &[
                    ("day", &later.day),
                    (
                        "kind",
                        &label(session.lang, &format!("kind_{}", later.kind))
                    ),
                    ("submission", &later.submission_id),
                ],
            )
        ));
    }
    output::text(&text)?;
    Ok(Exit::Done)
}

async fn reload(context: &Context, submission: i64, mode: Mode) -> anyhow::Result<Exit> {
    let session = Session::open_for(context, mode).await?;
    let row = session.warehouse.submission(submission).await?.submission;
    let job = job_of_submission(&session.company, row)?;
    let company = &session.company.config.company.name;
    let mut report = RunReport::new(company, &session.at, mode == Mode::DryRun);
    if mode == Mode::Commit {
        report.run_id = Some(session.warehouse.start_run("reload", &session.at).await?);
    }
    let taking = Taking {
        run_id: report.run_id,
        at: &session.at,
        mode,
        again: true,
        layout: None,
    };
    let (file, restated) = take_file(&session.company, &session.warehouse, job, &taking).await?;
    report.restatements = restated;
    report.push(file);
    finish(&session, report).await
}
