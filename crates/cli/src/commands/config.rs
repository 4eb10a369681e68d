//! `channelflow config check`.

use channelflow_model::Sentence;
use channelflow_model::messages::{label, say};
use channelflow_pipeline::company::Company;
use clap::Subcommand;

use crate::Format;
use crate::exit::Exit;
use crate::output;
use crate::session::{Context, clock, open_company};
use crate::sources::collectors;

/// Arguments of `config`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Report every problem of the settings together, with file and line
    Check,
}

/// Carries it out.
pub fn execute(context: &Context, command: &Command) -> anyhow::Result<Exit> {
    let Command::Check = command;
    let company = open_company(context)?;
    let sources = company.config.sources.len();
    super::serve::next(&company.config.nightly.at, clock().civil())?;
    let wrong: Vec<(String, Sentence)> = collectors(&company)
        .into_iter()
        .filter_map(|(name, collector)| Some((name, collector.err()?)))
        .collect();
    if !wrong.is_empty() {
        return refuse(context, &company, &wrong);
    }
    match context.format {
        Format::Json => output::json(&serde_json::json!({ "problems": [], "sources": sources }))?,
        Format::Text => output::text(&format!(
            "{}\n",
            say(
                company.lang,
                "config_good",
                &[
                    ("path", &company.dir.join("channelflow.toml").display()),
                    ("sources", &sources)
                ],
            )
        ))?,
    }
    Ok(Exit::Done)
}

/// Says what is wrong with descriptions of sources.
fn refuse(
    context: &Context,
    company: &Company,
    wrong: &[(String, Sentence)],
) -> anyhow::Result<Exit> {
    if context.format == Format::Json {
        let problems: Vec<serde_json::Value> = wrong
            .iter()
            .map(|(source, said)| {
                serde_json::json!({
                    "source": source, "code": said.code(), "facts": said.facts(),
                    "text": said.text(company.lang),
                })
            })
            .collect();
        let sources = company.config.sources.len();
        output::json(&serde_json::json!({ "problems": problems, "sources": sources }))?;
        return Ok(Exit::Usage);
    }
    for (source, said) in wrong {
        output::note(&format!("{source}: {}", said.text(company.lang)));
        if let Some(hint) = said.hint(company.lang) {
            output::note(&format!("  {}: {hint}", label(company.lang, "report_hint")));
        }
    }
    Ok(Exit::Usage)
}
