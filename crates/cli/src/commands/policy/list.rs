//! `channelflow policy list`.

use channelflow_model::Lang;
use channelflow_model::messages::{label, say, word};
use channelflow_pipeline::policy::{Use, imported, uses};
use channelflow_pipeline::table::Align;
use channelflow_settle::Policy;

use crate::Format;
use crate::commands::settings_import::table;
use crate::exit::Exit;
use crate::output;
use crate::session::{Context, Session};

/// Carries it out.
pub async fn execute(context: &Context) -> anyhow::Result<Exit> {
    let session = Session::open(context).await?;
    let lang = session.lang;
    let policies = imported(&session.warehouse).await?;
    let statements = uses(&session.warehouse).await?;
    let use_of = |policy: &Policy| statements.iter().find(|it| it.policy == policy.key());
    if session.format == Format::Json {
        let rows: Vec<serde_json::Value> = policies
            .iter()
            .map(|it| json(&it.policy, &it.text.file, use_of(&it.policy)))
            .collect();
        output::json(&rows)?;
        return Ok(Exit::Done);
    }
    if policies.is_empty() {
        output::note(&label(lang, "policy_none"));
        return Ok(Exit::Done);
    }
    let mut rows = table(
        lang,
        [
            ("policy_column_id", Align::Left),
            ("policy_column_version", Align::Right),
            ("policy_column_name", Align::Left),
            ("policy_column_kind", Align::Left),
            ("policy_column_valid", Align::Left),
            ("policy_column_period", Align::Left),
            ("policy_column_parties", Align::Left),
            ("policy_column_shapes", Align::Left),
            ("policy_column_last", Align::Left),
        ],
    );
    for policy in policies.iter().map(|it| &it.policy) {
        let last_use = use_of(policy);
        rows.row([
            policy.id.clone(),
            policy.version.to_string(),
            policy.name.clone(),
            policy.kind.clone(),
            policy.holds().to_string(),
            word(lang, "policy_period", period(policy)),
            parties(lang, policy),
            shapes(lang, policy),
            last_use.map_or_else(|| "–".to_owned(), |last_use| last_use.last.clone()),
        ]);
    }
    output::text(&rows.render(""))?;
    Ok(Exit::Done)
}

fn json(policy: &Policy, file: &str, last_use: Option<&Use>) -> serde_json::Value {
    let shapes = policy.rewards.iter().map(|reward| reward.shape.as_str());
    serde_json::json!({
        "id": policy.id,
        "version": policy.version,
        "name": policy.name,
        "kind": policy.kind,
        "valid": policy.holds(),
        "period": period(policy),
        "party": policy.party,
        "shapes": shapes.collect::<Vec<_>>(),
        "file": file,
        "used": last_use.is_some(),
        "statements": last_use.map_or(0, |last_use| last_use.statements),
        "last_statement": last_use.map(|last_use| last_use.last.as_str()),
    })
}

fn period(policy: &Policy) -> &'static str {
    match policy.period.months() {
        1 => "month",
        3 => "quarter",
        6 => "half",
        _ => "year",
    }
}

/// `D01, D02; 一级`, the first of many.
fn parties(lang: Lang, policy: &Policy) -> String {
    /// Ids that fit into a column.
    const SHOWN: usize = 4;
    let ids = &policy.party.distributors;
    let mut shown = ids
        .iter()
        .take(SHOWN)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    if ids.len() > SHOWN {
        let rest = ids.len() - SHOWN;
        shown.push_str(&say(lang, "policy_more_parties", &[("rest", &rest)]));
    }
    let tiers = policy.party.tiers.join("、");
    let parts = [shown, tiers];
    let parts: Vec<String> = parts.into_iter().filter(|it| !it.is_empty()).collect();
    parts.join("; ")
}

fn shapes(lang: Lang, policy: &Policy) -> String {
    let mut shapes: Vec<String> = Vec::new();
    for reward in &policy.rewards {
        let shape = word(lang, "policy_shape", reward.shape.as_str());
        if !shapes.contains(&shape) {
            shapes.push(shape);
        }
    }
    shapes.join(if lang == Lang::Zh { "、" } else { ", " })
}
