//! `channelflow run`: the nightly job over every configured source.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use channelflow_model::Lang;
use channelflow_model::messages::{label, say};
use channelflow_pipeline::report::{FileReport, RunReport};
use channelflow_pipeline::run::{Progress, RunOptions, run};
use channelflow_pipeline::{report_html, report_text};
use channelflow_warehouse::Mode;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use crate::Format;
use crate::exit::{Exit, cannot};
use crate::output;
use crate::session::{Context, Session, mode};

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Say what would happen and store nothing
    #[arg(long)]
    dry_run: bool,
}

/// Runs and reports.
pub async fn execute(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let mode = mode(arguments.dry_run);
    let session = Session::open_for(context, mode).await?;
    let stop = stop_on_interrupt(session.lang);
    let options = RunOptions {
        mode,
        at: session.at.clone(),
        today: session.today,
        clock: crate::session::clock,
        collectors: crate::sources::collectors(&session.company),
        parallel: std::thread::available_parallelism().map_or(2, usize::from),
        stop,
        progress: progress(),
    };
    let report = run(&session.company, &session.warehouse, &options).await?;
    publish(&session, &report, mode)?;
    if report.interrupted {
        return Ok(Exit::Interrupted);
    }
    Ok(if report.is_clean() {
        Exit::Done
    } else {
        Exit::Attention
    })
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
fn stop_on_interrupt(lang: Lang) -> Arc<AtomicBool> {
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
