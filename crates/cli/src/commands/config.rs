//! `channelflow config check`.

use channelflow_model::messages::say;
use clap::Subcommand;

use crate::Format;
use crate::exit::Exit;
use crate::output;
use crate::session::{Context, open_company};

/// Arguments of `config`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Report every problem of the settings together, with file and line
    Check,
}

/// Carries it out.
pub fn execute(context: &Context, command: &Command) -> anyhow::Result<Exit> {
    let Command::Check = command;
    let company = open_company(context)?;
    let sources = company.config.sources.len();
    match context.format {
        Format::Json => output::json(&serde_json::json!({ "problems": [], "sources": sources }))?,
        Format::Text => output::text(&format!(
            "{}\n",
            say(
                company.lang,
                "config_good",
                &[
                    ("path", &company.dir.join("channelflow.toml").display()),
                    ("sources", &sources)
                ],
            )
        ))?,
    }
    Ok(Exit::Done)
}
