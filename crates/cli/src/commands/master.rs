//! `channelflow master import|proposals KIND FILE`.

use std::path::PathBuf;

use channelflow_model::Lang;
use channelflow_model::master::AliasKind;
use channelflow_model::messages::{label, say};
use channelflow_pipeline::master::MasterKind;
use channelflow_pipeline::master_run::{Imported, import_file, lay_over};
use channelflow_pipeline::report_text::write_finding;
use channelflow_pipeline::reresolve::{Affected, reresolve};
use channelflow_warehouse::{Cause, ImportDiff, Mode};
use clap::{Subcommand, ValueEnum};

use crate::Format;
use crate::commands::review::proposals;
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
    /// Entities that look like the same one twice, most alike first; nothing is changed
    Duplicates {
        /// Customers or products
        #[arg(value_enum)]
        kind: Proposable,
        /// Show at most so many
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// New entities that reviewers asked for, ready for `master import` once they have ids
    Proposals {
        /// Customers or products
        #[arg(value_enum)]
        kind: Proposable,
        /// File to write (.csv or .xlsx); without one they are printed
        file: Option<PathBuf>,
    },
}

/// What reviewers can ask for.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Proposable {
    /// Customers (客户)
    Customers,
    /// Products (产品)
    Products,
}

impl Proposable {
    fn alias_kind(self) -> AliasKind {
        match self {
            Proposable::Customers => AliasKind::Customer,
            Proposable::Products => AliasKind::Product,
        }
    }
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
    let (kind, file, dry_run) = match command {
        Command::Import {
            kind,
            file,
            dry_run,
        } => (kind, file, dry_run),
        Command::Duplicates { kind, limit } => {
            return duplicates(context, kind.alias_kind(), *limit).await;
        }
        Command::Proposals { kind, file } => {
            return proposals::execute(context, kind.alias_kind(), file.as_deref()).await;
        }
    };
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
    output::text(&shown(session.lang, kind, &diff, decided.accepted, mode))?;
    Ok(Exit::Done)
}

/// What an import did, with the first fields that changed.
fn shown(lang: Lang, kind: MasterKind, diff: &ImportDiff, accepted: u64, mode: Mode) -> String {
    let code = if mode == Mode::DryRun {
        "master_would_import"
    } else {
        "master_imported"
    };
    let mut text = say(
        lang,
        code,
        &[
            ("kind", &label(lang, &format!("master_{}", kind.as_str()))),
            ("added", &diff.added.len()),
            ("changed", &diff.changed.len()),
            ("unchanged", &diff.unchanged),
            ("absent", &diff.absent.len()),
            ("accepted", &accepted),
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
            say(lang, "report_more", &[("rest", &rest)])
        ));
    }
    text
}

/// Lists pairs of entities in use that nothing tells apart.
async fn duplicates(context: &Context, kind: AliasKind, limit: usize) -> anyhow::Result<Exit> {
    let session = Session::open(context).await?;
    let lang = session.lang;
    let master = session.warehouse.master().await?;
    let mut found = channelflow_pipeline::duplicates::duplicates(&master, kind, lang);
    let all = found.len();
    found.truncate(limit);
    if session.format == Format::Json {
        output::json(&serde_json::json!({ "pairs": found, "found": all }))?;
        return Ok(Exit::Done);
    }
    if all == 0 {
        output::note(&label(lang, "duplicates_none"));
        return Ok(Exit::Done);
    }
    let mut text = String::new();
    for pair in &found {
        for (id, name, detail) in [
            (&pair.id, &pair.name, &pair.detail),
            (&pair.other_id, &pair.other_name, &pair.other_detail),
        ] {
            text.push_str(format!("{id}  {name}  {detail}").trim_end());
            text.push('\n');
        }
        text.push_str(&format!("    {}\n\n", pair.because));
    }
    let shown = found.len();
    text.push_str(&say(
        lang,
        "duplicates_sum",
        &[("pairs", &all), ("shown", &shown)],
    ));
    text.push('\n');
    output::text(&text)?;
    Ok(Exit::Done)
}
