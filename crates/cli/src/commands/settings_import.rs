//! What the import commands of settlement share: one file, its differences, its problems.

use std::path::PathBuf;

use channelflow_model::finding::Finding;
use channelflow_model::messages::{label, say};
use channelflow_model::{Lang, Sentence};
use channelflow_pipeline::report_text::write_finding;
use channelflow_pipeline::settlement_kind::SettlementKind;
use channelflow_pipeline::settlement_run::{Importing, SettlementImport, import_settlement};
use channelflow_pipeline::table::{Align, Table};
use channelflow_warehouse::{Mode, RecordImport};
use clap::Args;

use crate::Format;
use crate::exit::{Exit, usage};
use crate::output;
use crate::session::{Context, Session, mode};

/// How many changes, or problems, are shown before the rest is counted.
const SHOWN: usize = 20;

/// Arguments of every import.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The file, CSV or Excel
    file: PathBuf,
    /// Say what would happen and store nothing
    #[arg(long)]
    dry_run: bool,
}

/// Imports the file; with several kinds its titles tell which it is.
pub async fn import(
    context: &Context,
    arguments: &Arguments,
    kinds: &[SettlementKind],
) -> anyhow::Result<Exit> {
    if !arguments.file.is_file() {
        let said = Sentence::new("no_file").fact("path", arguments.file.display());
        return Err(usage(said));
    }
    let mode = mode(arguments.dry_run);
    let session = Session::open_for(context, mode).await?;
    let importing = Importing {
        who: &session.who,
        at: &session.at,
        mode,
    };
    let (kind, imported) = import_settlement(
        &session.company,
        &session.warehouse,
        &arguments.file,
        kinds,
        importing,
    )
    .await?;
    let (stored, noticed) = match imported {
        SettlementImport::Stored(stored, noticed) => (stored, noticed),
        SettlementImport::Refused(problems) => {
            note(&problems, session.lang);
            return Ok(Exit::Usage);
        }
    };
    if session.format == Format::Json {
        output::json(&serde_json::json!({
            "dry_run": mode == Mode::DryRun,
            "kind": kind.as_str(),
            "rows": stored.rows,
            "version": stored.version,
            "diff": stored.diff,
            "findings": noticed,
        }))?;
        return Ok(Exit::Done);
    }
    note(&noticed, session.lang);
    output::text(&shown(session.lang, kind, &stored, mode))?;
    Ok(Exit::Done)
}

/// Says findings on stderr, the first of many.
pub fn note(findings: &[Finding], lang: Lang) {
    if findings.is_empty() {
        return;
    }
    let mut text = String::new();
    for finding in findings.iter().take(SHOWN) {
        write_finding(&mut text, finding, lang, "");
    }
    text.push_str(&more(lang, findings.len()));
    output::note(text.trim_end());
}

/// What an import did, with its first changes.
fn shown(lang: Lang, kind: SettlementKind, stored: &RecordImport, mode: Mode) -> String {
    let code = match (mode, stored.version) {
        (_, None) => "settings_unchanged",
        (Mode::DryRun, _) => "settings_would_import",
        (Mode::Commit, _) => "settings_imported",
    };
    let diff = &stored.diff;
    let mut text = say(
        lang,
        code,
        &[
            ("kind", &label(lang, &format!("master_{}", kind.as_str()))),
            ("added", &diff.added.len()),
            ("changed", &stored.changed()),
            ("removed", &diff.absent.len()),
            ("unchanged", &diff.unchanged),
            ("version", &stored.version.unwrap_or_default()),
        ],
    );
    text.push('\n');
    let changed = diff.changed.iter().map(|change| {
        let (id, field) = (&change.id, &change.field);
        format!("~ {id} {field}: `{}` → `{}`", change.old, change.new)
    });
    let removed = diff.absent.iter().map(|id| format!("- {id}"));
    let added = diff.added.iter().map(|id| format!("+ {id}"));
    for line in changed.chain(removed).chain(added).take(SHOWN) {
        text.push_str(&format!("  {line}\n"));
    }
    let all = diff.changed.len() + diff.absent.len() + diff.added.len();
    text.push_str(&more(lang, all));
    text
}

fn more(lang: Lang, all: usize) -> String {
    if all <= SHOWN {
        return String::new();
    }
    let rest = all - SHOWN;
    format!("  {}\n", say(lang, "settings_more", &[("rest", &rest)]))
}

/// A table with titles in the reader's language.
pub fn table<const N: usize>(lang: Lang, columns: [(&str, Align); N]) -> Table {
    let titles = columns.map(|(code, align)| (label(lang, code), align));
    Table::new(
        titles
            .each_ref()
            .map(|(title, align)| (title.as_str(), *align)),
    )
}
