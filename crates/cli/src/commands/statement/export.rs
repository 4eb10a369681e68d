//! `channelflow statement export NUMBER FILE`, or all of a month into a folder.

use std::path::{Path, PathBuf};

use channelflow_model::Sentence;
use channelflow_model::messages::say;
use channelflow_pipeline::statement_html;
use channelflow_pipeline::statement_paper::{Paper, Papers};
use channelflow_warehouse::StatementFilter;
use clap::{Args, ValueEnum};

use crate::commands::settle::period_of;
use crate::exit::{Exit, cannot, usage};
use crate::export::statement_xlsx;
use crate::output;
use crate::session::{Context, Session};

/// Arguments of `statement export`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Its number, such as 2026-02-D01-1
    #[arg(conflicts_with_all = ["period", "folder", "kind"], requires = "file")]
    number: Option<String>,
    /// File to write; its ending says the format: .xlsx or .html
    file: Option<PathBuf>,
    /// Every statement of this month, such as 2026-02
    #[arg(long, requires = "folder")]
    period: Option<String>,
    /// Folder for them
    #[arg(long, requires = "period")]
    folder: Option<PathBuf>,
    /// Format of the files in the folder
    #[arg(long = "as", requires = "folder", default_value = "xlsx")]
    kind: Kind,
}

/// Format of a statement's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Excel.
    Xlsx,
    /// A page to print.
    Html,
}

impl Kind {
    fn ending(self) -> &'static str {
        match self {
            Kind::Xlsx => "xlsx",
            Kind::Html => "html",
        }
    }

    fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?;
        let all = [Kind::Xlsx, Kind::Html];
        all.into_iter()
            .find(|kind| ending.eq_ignore_ascii_case(kind.ending()))
    }
}

/// Writes the files.
pub async fn execute(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    match arguments {
        Arguments {
            number: Some(number),
            file: Some(file),
            ..
        } => one(context, number, file).await,
        Arguments {
            period: Some(period),
            folder: Some(folder),
            kind,
            ..
        } => all(context, period, folder, *kind).await,
        _ => Err(usage(Sentence::new("statement_export_which"))),
    }
}

async fn one(context: &Context, number: &str, file: &Path) -> anyhow::Result<Exit> {
    let Some(kind) = Kind::of(file) else {
        let said = Sentence::new("statement_export_ending").fact("path", file.display());
        return Err(usage(said));
    };
    let session = Session::open(context).await?;
    let statement = session.warehouse.statement(number).await?;
    let period = statement.head.period;
    let held = statement.head.held_lines > 0;
    let papers = Papers::of_month(&session.company, &session.warehouse, period).await?;
    write(&session, &papers.paper(statement).await?, kind, file)?;
    let path = [("path", &file.display() as &dyn std::fmt::Display)];
    output::note(&say(session.lang, "statement_exported", &path));
    Ok(if held { Exit::Attention } else { Exit::Done })
}

async fn all(context: &Context, period: &str, folder: &Path, kind: Kind) -> anyhow::Result<Exit> {
    let period = period_of(period)?;
    let session = Session::open(context).await?;
    let filter = StatementFilter {
        period: Some(period),
        ..StatementFilter::default()
    };
    let heads = session.warehouse.statements(filter).await?;
    if heads.is_empty() {
        let said = Sentence::new("statement_export_none").fact("period", period);
        return Err(usage(said));
    }
    std::fs::create_dir_all(folder).map_err(cannot("file_not_writable", folder))?;
    let papers = Papers::of_month(&session.company, &session.warehouse, period).await?;
    for head in &heads {
        let statement = session.warehouse.statement(&head.number).await?;
        let name = file_name(&head.number, head.statement_id);
        let file = folder.join(format!("{name}.{}", kind.ending()));
        write(&session, &papers.paper(statement).await?, kind, &file)?;
    }
    let facts: [(&str, &dyn std::fmt::Display); 2] =
        [("count", &heads.len()), ("path", &folder.display())];
    output::note(&say(session.lang, "statement_exported_all", &facts));
    let held = heads.iter().any(|head| head.held_lines > 0);
    Ok(if held { Exit::Attention } else { Exit::Done })
}

/// A number as the name of a file: an id may hold what a path may not.
fn file_name(number: &str, statement_id: i64) -> String {
    let safe = |sign: char| {
        if sign.is_alphanumeric() || matches!(sign, '-' | '_') {
            sign
        } else {
            '_'
        }
    };
    let name: String = number.chars().map(safe).collect();
    if name == number {
        name
    } else {
        format!("{name}-{statement_id}")
    }
}

/// Writes a file; it appears under its name only when finished.
fn write(session: &Session, paper: &Paper, kind: Kind, path: &Path) -> anyhow::Result<()> {
    let bytes = match kind {
        Kind::Xlsx => statement_xlsx::workbook(paper, session.lang)?.save_to_buffer()?,
        Kind::Html => statement_html::render(paper, session.lang)?.into_bytes(),
    };
    let temporary = path.with_extension(format!("{}.part", kind.ending()));
    std::fs::write(&temporary, bytes).map_err(cannot("file_not_writable", path))?;
    std::fs::rename(&temporary, path).map_err(cannot("file_not_writable", path))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_becomes_a_name_no_path_is_hidden_in() {
        assert_eq!(file_name("2026-02-D01-1", 7), "2026-02-D01-1");
        assert_eq!(file_name("2026-02-../x-1", 7), "2026-02-___x-1-7");
    }

    #[test]
    fn the_ending_says_the_format() {
        assert_eq!(Kind::of(Path::new("a.XLSX")), Some(Kind::Xlsx));
        assert_eq!(Kind::of(Path::new("a.html")), Some(Kind::Html));
        assert_eq!(Kind::of(Path::new("a.pdf")), None);
    }
}
