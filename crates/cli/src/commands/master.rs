//! `channelflow master import KIND FILE`.

use std::path::PathBuf;

use channelflow_model::messages::{label, say};
use channelflow_pipeline::master::MasterKind;
use channelflow_pipeline::master_run::{Imported, import_file, lay_over};
use channelflow_pipeline::report_text::write_finding;
use channelflow_pipeline::reresolve::{Affected, reresolve};
use channelflow_warehouse::{Cause, Mode};
use clap::{Subcommand, ValueEnum};

use crate::Format;
use crate::exit::Exit;
use crate::output;
use crate::session::{Context, Session, mode};

/// How many changed fields are shown before the rest is counted.
const SHOWN: usize = 20;

/// Arguments of `master`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Import a CSV or Excel file: validated whole, differences shown; nothing is ever removed
    Import {
        /// What the file holds
        kind: Kind,
        /// The file
        file: PathBuf,
        /// Say what would happen and store nothing
        #[arg(long)]
        dry_run: bool,
    },
}

/// What a master data file holds.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Kind {
    /// Customers (客户)
    Customers,
    /// Products (产品)
    Products,
    /// Distributors (经销商)
    Distributors,
}

/// Carries it out.
pub async fn execute(context: &Context, command: &Command) -> anyhow::Result<Exit> {
    let Command::Import {
        kind,
        file,
        dry_run,
    } = command;
    let mode = mode(*dry_run);
    let kind = match kind {
        Kind::Customers => MasterKind::Customers,
        Kind::Products => MasterKind::Products,
        Kind::Distributors => MasterKind::Distributors,
    };
    let session = Session::open_for(context, mode).await?;
    let (imported, rows) = import_file(
        &session.company,
        &session.warehouse,
        file,
        kind,
        &session.who,
        &session.at,
        mode,
    )
    .await?;
    let diff = match imported {
        Imported::Entities(diff) => diff,
        Imported::Refused(findings) => {
            let mut text = String::new();
            for finding in &findings {
                write_finding(&mut text, finding, session.lang, "");
            }
            output::note(text.trim_end());
            return Ok(Exit::Usage);
        }
        Imported::Aliases(_) => return Ok(Exit::Done),
    };
    let mut master = session.warehouse.master().await?;
    if let (Mode::DryRun, Some(rows)) = (mode, rows) {
        lay_over(&mut master, rows);
    }
    let decided = reresolve(
        &session.warehouse,
        &master,
        if diff.changed.is_empty() {
            Affected::Held
        } else {
            Affected::All
        },
        Cause::Master,
        None,
        &session.at,
        mode,
    )
    .await?;
    if session.format == Format::Json {
        output::json(&serde_json::json!({
            "dry_run": mode == Mode::DryRun, "kind": kind.as_str(), "diff": diff, "lines": decided
        }))?;
        return Ok(Exit::Done);
    }
    let code = if mode == Mode::DryRun {
        "master_would_import"
    } else {
        "master_imported"
    };
    let mut text = say(
        session.lang,
        code,
        &[
            (
                "kind",
                &label(session.lang, &format!("master_{}", kind.as_str())),
            ),
            ("added", &diff.added.len()),
            ("changed", &diff.changed.len()),
            ("unchanged", &diff.unchanged),
            ("absent", &diff.absent.len()),
            ("accepted", &decided.accepted),
        ],
    );
    text.push('\n');
    for change in diff.changed.iter().take(SHOWN) {
        text.push_str(&format!(
            "  {} {}: `{}` → `{}`\n",
            change.id, change.field, change.old, change.new
        ));
    }
    if diff.changed.len() > SHOWN {
        let rest = diff.changed.len() - SHOWN;
        text.push_str(&format!(
            "  {}\n",
            say(session.lang, "report_more", &[("rest", &rest)])
        ));
    }
    output::text(&text)?;
    Ok(Exit::Done)
}
