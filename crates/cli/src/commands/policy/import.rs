//! `channelflow policy import FILE…`.

use std::path::PathBuf;

use channelflow_model::Lang;
use channelflow_model::messages::{say, word};
use channelflow_pipeline::policy::{Novelty, Together, imported};
use channelflow_pipeline::settlement_run::Importing;
use channelflow_pipeline::table::Align;
use channelflow_warehouse::Mode;
use clap::Args;

use super::{note, read_files};
use crate::Format;
use crate::commands::settings_import::table;
use crate::exit::Exit;
use crate::output;
use crate::session::{Context, Session, mode};

/// Arguments of `policy import`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Files, TOML or a sheet of fields and values
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Say what would happen and store nothing
    #[arg(long)]
    dry_run: bool,
}

/// Carries it out.
pub async fn execute(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let mode = mode(arguments.dry_run);
    let session = Session::open_for(context, mode).await?;
    let lang = session.lang;
    let Some(files) = read_files(&session, &arguments.files).await? else {
        return Ok(Exit::Usage);
    };
    let together = Together::new(
        imported(&session.warehouse).await?,
        files,
        session.company.period_rule,
    );
    note(&together.findings, lang);
    if together.is_refused() {
        output::note(&say(lang, "policy_refused", &[]));
        return Ok(Exit::Usage);
    }
    let importing = Importing {
        who: &session.who,
        at: &session.at,
        mode,
    };
    let stored = together.import(&session.warehouse, importing).await?;
    if session.format == Format::Json {
        output::json(&serde_json::json!({
            "dry_run": mode == Mode::DryRun,
            "policies": together.given,
            "version": stored.version,
            "findings": together.findings,
        }))?;
        return Ok(Exit::Done);
    }
    output::text(&shown(lang, &together, mode))?;
    let folder = session.company.dir.join("policies");
    if mode == Mode::Commit && folder.is_dir() {
        note_strays(lang, &together, &folder)?;
    }
    Ok(Exit::Done)
}

/// What was imported, and the next step.
fn shown(lang: Lang, together: &Together, mode: Mode) -> String {
    let mut rows = table(
        lang,
        [
            ("policy_column_policy", Align::Left),
            ("policy_column_name", Align::Left),
            ("policy_column_file", Align::Left),
            ("policy_column_novelty", Align::Left),
        ],
    );
    for given in &together.given {
        rows.row([
            given.policy.clone(),
            given.name.clone(),
            given.file.clone(),
            word(lang, "policy_novelty", given.novelty.as_str()),
        ]);
    }
    let new: Vec<&str> = together
        .given
        .iter()
        .filter(|given| given.novelty == Novelty::New)
        .map(|given| given.policy.as_str())
        .collect();
    let code = match (new.first(), mode) {
        (None, _) => "policy_import_nothing",
        (Some(_), Mode::DryRun) => "policy_would_import",
        (Some(_), Mode::Commit) => "policy_imported",
    };
    let said = say(
        lang,
        code,
        &[
            ("new", &new.len()),
            ("unchanged", &(together.given.len() - new.len())),
            ("policy", &new.first().unwrap_or(&"")),
        ],
    );
    format!("{}{said}\n", rows.render(""))
}

/// Says which of the files a nightly run will not find again: it takes the folder for the whole.
fn note_strays(lang: Lang, together: &Together, folder: &std::path::Path) -> anyhow::Result<()> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        texts.extend(std::fs::read_to_string(entry?.path()));
    }
    for given in &together.given {
        let policy = together
            .policies
            .iter()
            .find(|it| it.policy.key() == given.policy);
        if policy.is_some_and(|policy| !texts.contains(&policy.text.toml)) {
            output::note(&say(
                lang,
                "policy_not_in_folder",
                &[("policy", &given.policy)],
            ));
        }
    }
    Ok(())
}
