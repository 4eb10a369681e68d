//! `channelflow policy …`: rebate policies (返利政策) before and after they are imported. One file
//! per command; here is what they share.

mod check;
mod import;
mod list;
mod show;
mod sides;
mod simulate;

use std::path::{Path, PathBuf};

use channelflow_model::finding::Finding;
use channelflow_model::{Lang, Sentence};
use channelflow_pipeline::policy::find;
use channelflow_pipeline::report_text::write_finding;
use channelflow_pipeline::settlement_policies::{ReadPolicy, read_policy};
use clap::Subcommand;

use crate::exit::{Exit, usage};
use crate::output;
use crate::session::{Context, Session};

/// Arguments of `policy`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Import policy files, TOML or a sheet (Excel, CSV): validated together with what is imported
    Import(import::Arguments),
    /// List policies: who earns them, since when, and whether a statement rests on them
    List,
    /// The text of a policy as imported, and the order it is evaluated in
    Show {
        /// Its id, for the newest version, or id@version
        policy: String,
    },
    /// Gaps, overlaps, and every worked example step by step in both readings (覆盖、叠加)
    Check(check::Arguments),
    /// What a policy would have paid in past months, beside the imported one; nothing is stored
    Simulate(simulate::Arguments),
}

/// Carries it out.
pub async fn execute(context: &Context, command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::Import(arguments) => import::execute(context, arguments).await,
        Command::List => list::execute(context).await,
        Command::Show { policy } => show::execute(context, policy).await,
        Command::Check(arguments) => check::execute(context, arguments).await,
        Command::Simulate(arguments) => simulate::execute(context, arguments).await,
    }
}

/// Reads policy files; `None` when one of them cannot be read, which is said with every problem.
async fn read_files(
    session: &Session,
    paths: &[PathBuf],
) -> anyhow::Result<Option<Vec<ReadPolicy>>> {
    let mut policies = Vec::new();
    let mut problems = Vec::new();
    for path in paths {
        if !path.is_file() {
            let said = Sentence::new("no_file").fact("path", path.display());
            return Err(usage(said));
        }
        match read_one(session, path).await? {
            Ok(policy) => policies.push(policy),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() {
        return Ok(Some(policies));
    }
    note(&problems, session.lang);
    Ok(None)
}

async fn read_one(
    session: &Session,
    path: &Path,
) -> anyhow::Result<Result<ReadPolicy, Vec<Finding>>> {
    let company = std::sync::Arc::clone(&session.company);
    let path = path.to_owned();
    tokio::task::spawn_blocking(move || read_policy(&company, &path)).await?
}

/// The imported policy that is named, or the answer to a name nobody knows.
fn named<'p>(policies: &'p [ReadPolicy], named: &str) -> anyhow::Result<&'p ReadPolicy> {
    find(policies, named).ok_or_else(|| {
        let known: Vec<String> = policies.iter().map(|it| it.policy.key()).collect();
        let code = if known.is_empty() {
            "policy_none_imported"
        } else {
            "policy_not_known"
        };
        let said = Sentence::new(code).fact("named", named);
        usage(said.fact("known", known.join(", ")))
    })
}

/// Says findings on stderr.
fn note(findings: &[Finding], lang: Lang) {
    if !findings.is_empty() {
        output::note(written(findings, lang).trim_end());
    }
}

/// Findings as text.
fn written(findings: &[Finding], lang: Lang) -> String {
    let mut text = String::new();
    for finding in findings {
        write_finding(&mut text, finding, lang, "");
    }
    text
}
