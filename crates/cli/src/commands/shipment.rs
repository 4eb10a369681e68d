//! `channelflow shipment import`: shipments of the manufacturer (发货).

use channelflow_pipeline::settlement_kind::SettlementKind;
use clap::Subcommand;

use crate::commands::settings_import::{self, Arguments};
use crate::exit::Exit;
use crate::session::Context;

/// Arguments of `shipment`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Import a CSV or Excel file: it adds to what is there, a document that is there is corrected
    Import(Arguments),
}

/// Carries it out.
pub async fn execute(context: &Context, command: &Command) -> anyhow::Result<Exit> {
    let Command::Import(arguments) = command;
    settings_import::import(context, arguments, &[SettlementKind::Shipments]).await
}
