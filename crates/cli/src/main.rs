//! The `channelflow` command: arguments, wiring, exit codes. What a command does stands in its
//! own file under `commands`; what the program does stands in `pipeline` and below.

mod commands;
mod exit;
mod export;
mod output;
mod session;

use std::path::PathBuf;
use std::process::ExitCode;

use channelflow_model::Lang;
use clap::{Parser, ValueEnum};

use crate::commands::Command;

/// Distributor files in, clean flow records out
#[derive(Debug, Parser)]
#[command(name = "channelflow", version, max_term_width = 100)]
pub struct Cli {
    /// Company folder: where channelflow.toml is
    #[arg(
        short = 'C',
        long = "company",
        global = true,
        default_value = ".",
        value_name = "DIR"
    )]
    pub company: PathBuf,
    /// Language of what people read; the setting `company.lang` otherwise
    #[arg(long, global = true, value_name = "zh|en")]
    pub lang: Option<Lang>,
    /// How data is printed
    #[arg(long, global = true, value_enum, default_value = "text")]
    pub format: Format,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// How data is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs: one JSON document, described in docs/json.md.
    Json,
}

fn main() -> ExitCode {
    // The reading child must start fast and touch nothing else.
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == "read-child") {
        let path = PathBuf::from(arguments.next().unwrap_or_default());
        let limits = arguments.next().unwrap_or_default();
        return channelflow_read::child_main(&path, &limits.to_string_lossy());
    }
    let cli = Cli::parse();
    output::start_logging();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return exit::failed(&anyhow::Error::from(error), Lang::En),
    };
    let lang = cli.lang;
    match runtime.block_on(commands::dispatch(cli)) {
        Ok(code) => code.into(),
        Err(error) => exit::failed(&error, lang.unwrap_or_default()),
    }
}
