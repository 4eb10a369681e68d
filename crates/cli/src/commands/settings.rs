//! `channelflow settings versions`: who imported what for settlement, and when.

use channelflow_model::messages::{label, word};
use channelflow_pipeline::table::{Align, count};
use clap::Subcommand;

use crate::Format;
use crate::commands::settings_import::table;
use crate::exit::Exit;
use crate::output;
use crate::session::{Context, Session};

/// Arguments of `settings`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List every import that changed something, oldest first
    Versions,
}

/// Carries it out.
pub async fn execute(context: &Context, command: &Command) -> anyhow::Result<Exit> {
    let Command::Versions = command;
    let session = Session::open(context).await?;
    let lang = session.lang;
    let versions = session.warehouse.versions().await?;
    if session.format == Format::Json {
        output::json(&versions)?;
        return Ok(Exit::Done);
    }
    if versions.is_empty() {
        output::note(&label(lang, "settings_no_versions"));
        return Ok(Exit::Done);
    }
    let mut table = table(
        lang,
        [
            ("column_version", Align::Right),
            ("column_kind", Align::Left),
            ("column_file", Align::Left),
            ("column_added", Align::Right),
            ("column_changed", Align::Right),
            ("column_ended", Align::Right),
            ("column_decided_by", Align::Left),
            ("column_decided_at", Align::Left),
        ],
    );
    for version in versions {
        table.row([
            version.version.to_string(),
            word(lang, "record", &version.kind),
            version.file_name,
            count(version.added),
            count(version.changed),
            count(version.removed),
            version.imported_by,
            version.imported_at,
        ]);
    }
    output::text(&table.render(""))?;
    Ok(Exit::Done)
}
