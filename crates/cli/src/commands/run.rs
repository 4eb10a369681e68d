//! `channelflow run`: the nightly job over every configured source.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use channelflow_model::Lang;
use channelflow_model::finding::{Finding, Severity};
use channelflow_model::messages::{label, say};
use channelflow_pipeline::clock::Clock;
use channelflow_pipeline::collect::{Watched, known};
use channelflow_pipeline::report::{FileReport, RunReport};
use channelflow_pipeline::run::{Progress, RunOptions, run};
use channelflow_pipeline::visits::SourceState;
use channelflow_pipeline::{report_html, report_text};
use channelflow_warehouse::Mode;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use crate::Format;
use crate::exit::{Exit, cannot, say_error};
use crate::output;
use crate::post;
use crate::session::{Context, Session, clock, mode, on, open_company};
use crate::sources::collectors;

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Say what would happen and store nothing
    #[arg(long)]
    dry_run: bool,
    /// Follow the plan of the night: hours, order, deadlines, another try; send the morning report
    #[arg(long)]
    nightly: bool,
}

/// Runs and reports.
pub async fn execute(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let clock = Arc::new(clock());
    let company = open_company(context)?;
    let stop = stop_on_interrupt(company.lang);
    let mode = mode(arguments.dry_run);
    if arguments.nightly && mode == Mode::Commit {
        return nightly(context, clock, stop).await;
    }
    let session = Session::open_for_run(context, mode).await?;
    let options = options(&session, clock, stop, mode, arguments.nightly);
    let report = run(&session.company, &session.warehouse, &options).await?;
    publish(&session, &report, mode)?;
    Ok(exit(&report))
}

/// One night, with its morning report.
pub async fn nightly(
    context: &Context,
    clock: Arc<Clock>,
    stop: Arc<AtomicBool>,
) -> anyhow::Result<Exit> {
    let session = Session::open_for_run(context, Mode::Commit).await?;
    let options = options(&session, clock, stop, Mode::Commit, true);
    let report = run(&session.company, &session.warehouse, &options).await?;
    publish(&session, &report, Mode::Commit)?;
    let told = tell(&session, &report).await?;
    let exit = exit(&report);
    Ok(if told || exit != Exit::Done {
        exit
    } else {
        Exit::Attention
    })
}

/// Loads what arrived in watched folders, and says so in one line.
pub async fn watched(
    context: &Context,
    clock: Arc<Clock>,
    stop: Arc<AtomicBool>,
    arrived: &Watched,
) -> anyhow::Result<()> {
    let session = Session::open_for_run(context, Mode::Commit).await?;
    let mut only = Watched::new();
    for source in &session.company.config.sources {
        let Some(arrived) = arrived.get(&source.name) else {
            continue;
        };
        let known = known(&session.warehouse, source).await?.files;
        let mut files = arrived.clone();
        files.retain(|name, version| known.get(name) != Some(version));
        if !files.is_empty() {
            only.insert(source.name.clone(), files);
        }
    }
    if only.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = only
        .values()
        .flat_map(|files| files.keys().cloned())
        .collect();
    let mut options = options(&session, clock, stop, Mode::Commit, false);
    options.only = Some(only);
    let report = run(&session.company, &session.warehouse, &options).await?;
    output::note(&arrival_line(&report, &names, session.lang));
    Ok(())
}

/// Files named in the line about what arrived.
const NAMED: usize = 3;

fn arrival_line(report: &RunReport, names: &[String], lang: Lang) -> String {
    // Shipments and payments are counted by the entries they bring.
    let records = report.master.iter().filter(|it| names.contains(&it.file));
    let refused = records.clone().any(|it| !it.findings.is_empty());
    let entries: u64 = records.map(|it| it.added + it.changed).sum();
    let is_error = |finding: &Finding| finding.severity == Severity::Error;
    let to_do = refused
        || report.interrupted
        || report.rows.held_total() > 0
        || report.files.iter().any(FileReport::needs_action)
        || report.findings.iter().any(is_error);
    let code = if to_do {
        "watch_attention"
    } else {
        "watch_loaded"
    };
    let mut shown: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
    if names.len() > NAMED {
        shown.push("…");
    }
    say(
        lang,
        code,
        &[
            ("run", &report.run_id.unwrap_or_default()),
            ("files", &names.len()),
            ("names", &shown.join(", ")),
            ("loaded", &(report.rows.loaded + entries)),
        ],
    )
}

fn options(
    session: &Session,
    clock: Arc<Clock>,
    stop: Arc<AtomicBool>,
    mode: Mode,
    by_plan: bool,
) -> RunOptions {
    // A clock that waited since the session was opened shows another day.
    let (at, today) = on(&clock).unwrap_or_else(|_| (session.at.clone(), session.today));
    RunOptions {
        mode,
        at,
        today,
        clock,
        by_plan,
        only: None,
        collectors: collectors(&session.company),
        parallel: std::thread::available_parallelism().map_or(2, usize::from),
        stop,
        progress: progress(),
    }
}

fn exit(report: &RunReport) -> Exit {
    if report.interrupted {
        Exit::Interrupted
    } else if report.is_clean() {
        Exit::Done
    } else {
        Exit::Attention
    }
}

/// Sends the morning report; whether everybody who wants it could be told.
async fn tell(session: &Session, report: &RunReport) -> anyhow::Result<bool> {
    let (company, lang) = (&session.company, session.lang);
    let nightly = &company.config.nightly;
    let mut told = true;
    if let Some(mail) = &nightly.mail {
        let text = report_text::render(report, lang);
        let page = report_html::render(report, lang)?;
        let subject = morning_subject(report, lang);
        if let Err(error) = post::mail(company, &mail.to, &subject, &text, Some(&page)).await {
            say_error(&error, lang);
            told = false;
        }
    }
    if let Some(webhook) = &nightly.webhook {
        let body = serde_json::to_string(report)?;
        if let Err(error) = post::webhook(company, webhook, body).await {
            say_error(&error, lang);
            told = false;
        }
    }
    Ok(told)
}

/// What can be read in a list of mails.
fn morning_subject(report: &RunReport, lang: Lang) -> String {
    let arrived = report.files.len();
    let failed = report
        .sources
        .iter()
        .filter(|source| source.state != SourceState::Read)
        .count();
    let code = if report.is_clean() {
        "morning_clean"
    } else {
        "morning_attention"
    };
    say(
        lang,
        code,
        &[
            ("company", &report.company),
            ("day", &report.started_at.get(..10).unwrap_or_default()),
            ("files", &arrived),
            ("sources", &failed),
            ("missing", &report.missing.len()),
            ("held", &report.held_rows),
            ("amount", &report.held_amount.to_money()),
        ],
    )
}

/// Prints the report and leaves it as page and JSON in the report folder.
fn publish(session: &Session, report: &RunReport, mode: Mode) -> anyhow::Result<()> {
    match session.format {
        Format::Json => output::json(report)?,
        Format::Text => output::text(&report_text::render(report, session.lang))?,
    }
    if mode == Mode::DryRun {
        return Ok(());
    }
    let folder = session.company.path(&session.company.config.report.path);
    let stem = report
        .run_id
        .map_or_else(|| "run".to_owned(), |id| format!("run-{id:05}"));
    let page = report_html::render(report, session.lang)?;
    let html = write(&folder, &format!("{stem}.html"), &page)?;
    write(
        &folder,
        &format!("{stem}.json"),
        &serde_json::to_string_pretty(report)?,
    )?;
    write(&folder, "latest.html", &page)?;
    output::note(&say(
        session.lang,
        "run_report_written",
        &[("path", &html.display())],
    ));
    Ok(())
}

/// Writes a file whole or not at all.
fn write(folder: &Path, name: &str, content: &str) -> anyhow::Result<PathBuf> {
    let path = folder.join(name);
    let temporary = folder.join(format!(".{name}.part"));
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&temporary, content))
        .and_then(|()| std::fs::rename(&temporary, &path))
        .map_err(cannot("file_not_writable", &path))?;
    Ok(path)
}

/// The first Ctrl-C or SIGTERM stops the run after the file at hand; a second one ends at once,
/// which is as safe: what is not committed did not happen.
pub fn stop_on_interrupt(lang: Lang) -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    tokio::spawn(async move {
        interrupted().await;
        flag.store(true, Ordering::Relaxed);
        output::note(&label(lang, "run_stopping"));
        interrupted().await;
        std::process::exit(Exit::Interrupted as i32);
    });
    stop
}

async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

/// A bar on a terminal, a log line per file otherwise.
fn progress() -> Progress {
    if !std::io::stderr().is_terminal() {
        return Box::new(|done, total, file: &FileReport| {
            tracing::info!(
                done,
                total,
                file = file.file,
                state = file.state.as_str(),
                rows = file.rows.rows_in,
                "file"
            );
        });
    }
    let bar = ProgressBar::new(0).with_style(
        ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    Box::new(move |done, total, file: &FileReport| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
        bar.set_message(file.file.clone());
        if done == total {
            bar.finish_and_clear();
        }
    })
}
