//! `channelflow policy show ID[@VERSION]`: the text goes to stdout byte for byte, so that it can be
//! written to a file; what is said about it goes beside it.

use channelflow_model::messages::say;
use channelflow_pipeline::policy::{imported, uses};
use channelflow_settle::evaluate::Stage;

use super::named;
use crate::Format;
use crate::exit::Exit;
use crate::output;
use crate::session::{Context, Session};

/// Carries it out.
pub async fn execute(context: &Context, policy: &str) -> anyhow::Result<Exit> {
    let session = Session::open(context).await?;
    let lang = session.lang;
    let policies = imported(&session.warehouse).await?;
    let found = named(&policies, policy)?;
    let key = found.policy.key();
    let statements = uses(&session.warehouse).await?;
    let used = statements.iter().find(|it| it.policy == key);
    if session.format == Format::Json {
        output::json(&serde_json::json!({
            "policy": key,
            "file": found.text.file,
            "toml": found.text.toml,
            "reads": found.policy,
            "order": Stage::ALL,
            "last_statement": used.map(|used| used.last.as_str()),
        }))?;
        return Ok(Exit::Done);
    }
    let mut text = found.text.toml.clone();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    output::text(&text)?;
    output::note(&super::check::order(lang));
    if let Some(used) = used {
        let facts: [(_, &dyn std::fmt::Display); 2] =
            [("statements", &used.statements), ("last", &used.last)];
        output::note(&say(lang, "policy_used", &facts));
    }
    Ok(Exit::Done)
}
