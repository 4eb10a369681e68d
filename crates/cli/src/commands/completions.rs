//! `channelflow completions SHELL`.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::Cli;
use crate::exit::Exit;
use crate::output;

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Shell to complete for
    shell: Shell,
}

/// Prints the script.
pub fn execute(arguments: &Arguments) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Cli::command(),
        "channelflow",
        &mut script,
    );
    output::text(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
