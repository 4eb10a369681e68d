//! Where things are printed: data to stdout, everything else to stderr.

use std::io::{IsTerminal, Write};

use channelflow_model::Sentence;
use serde::Serialize;
use tracing_subscriber::EnvFilter;

/// Structured logs to stderr: lines for people on a terminal, JSON for machines otherwise.
/// `CHANNELFLOW_LOG` sets the level (`warn` unless told).
pub fn start_logging() {
    let filter =
        EnvFilter::try_from_env("CHANNELFLOW_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        builder.without_time().init();
    } else {
        builder.json().init();
    }
}

/// Writes text to stdout as it is. A reader that went away (`| head`) is no error.
pub fn text(text: &str) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Sentence::new("stdout_not_writable").because(&error).into())
        }
        _ => Ok(()),
    }
}

/// Says something beside the data, on stderr. A reader that went away is no error.
pub fn note(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = writeln!(stderr, "{text}");
}

/// Writes one JSON document to stdout.
pub fn json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut shown = serde_json::to_string_pretty(value)?;
    shown.push('\n');
    text(&shown)
}
