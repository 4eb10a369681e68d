//! `channelflow payment import`: payments of distributors (回款).

use channelflow_pipeline::settlement_kind::SettlementKind;
use clap::Subcommand;

use crate::commands::settings_import::{self, Arguments};
use crate::exit::Exit;
use crate::session::Context;

/// Arguments of `payment`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Import a CSV or Excel file: it adds to what is there, a document that is there is corrected
    Import(Arguments),
}

/// Carries it out.
pub async fn execute(context: &Context, command: &Command) -> anyhow::Result<Exit> {
    let Command::Import(arguments) = command;
    settings_import::import(context, arguments, &[SettlementKind::Payments]).await
}
