//! `channelflow tier import`: tiers of distributors for a time (经销商层级).

use channelflow_pipeline::settlement_kind::SettlementKind;
use clap::Subcommand;

use crate::commands::settings_import::{self, Arguments};
use crate::exit::Exit;
use crate::session::Context;

/// Arguments of `tier`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Import a CSV or Excel file: it is the whole set, validated whole, differences shown
    Import(Arguments),
}

/// Carries it out.
pub async fn execute(context: &Context, command: &Command) -> anyhow::Result<Exit> {
    let Command::Import(arguments) = command;
    settings_import::import(context, arguments, &[SettlementKind::Tiers]).await
}
