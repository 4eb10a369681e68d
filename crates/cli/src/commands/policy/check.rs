//! `channelflow policy check [FILE…|--all]`: what is wrong, and what every worked example gives,
//! step by step and in both readings, before anyone signs.

use std::path::PathBuf;

use channelflow_model::Lang;
use channelflow_model::finding::Severity;
use channelflow_model::messages::{label, say};
use channelflow_pipeline::policy::{Together, imported};
use channelflow_settle::Policy;
use channelflow_settle::evaluate::Stage;
use channelflow_settle::policy::{Expect, Worked, worked};
use clap::Args;

use super::{read_files, sides, written};
use crate::Format;
use crate::exit::Exit;
use crate::output;
use crate::session::{Context, Session};

/// Arguments of `policy check`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Files that need not be imported, checked together with what is; without any, everything
    files: Vec<PathBuf>,
    /// Everything that is imported, the files included
    #[arg(long)]
    all: bool,
}

/// Carries it out.
pub async fn execute(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let session = Session::open(context).await?;
    let lang = session.lang;
    let Some(files) = read_files(&session, &arguments.files).await? else {
        return Ok(Exit::Usage);
    };
    let rule = session.company.period_rule;
    let everything = arguments.all || files.is_empty();
    let mut together = Together::new(imported(&session.warehouse).await?, files, rule);
    if everything && !together.given.is_empty() {
        let all = Together::new(together.policies.clone(), Vec::new(), rule).findings;
        let known = together.findings.clone();
        let more = all.into_iter().filter(|found| !known.contains(found));
        together.findings.extend(more);
    }
    let asked: Vec<&Policy> = together
        .policies
        .iter()
        .map(|it| &it.policy)
        .filter(|policy| {
            let key = policy.key();
            everything || together.given.iter().any(|given| given.policy == key)
        })
        .collect();
    let serious = |severity| severity >= Severity::Warning;
    let found = together.findings.iter().any(|it| serious(it.severity));
    if session.format == Format::Json {
        let examples = asked.iter().map(|policy| {
            serde_json::json!({ "policy": policy.key(), "name": policy.name, "worked": worked(policy) })
        });
        output::json(&serde_json::json!({
            "order": Stage::ALL,
            "findings": together.findings,
            "examples": examples.collect::<Vec<_>>(),
        }))?;
    } else if asked.is_empty() {
        output::note(&label(lang, "policy_none"));
    } else {
        let mut text = format!("{}\n", order(lang));
        for policy in &asked {
            text.push_str(&example(lang, policy));
        }
        text.push('\n');
        if together.findings.is_empty() {
            let policies = asked.len();
            text.push_str(&say(lang, "policy_check_clean", &[("policies", &policies)]));
            text.push('\n');
        } else {
            text.push_str(&written(&together.findings, lang));
        }
        output::text(&text)?;
    }
    Ok(if found { Exit::Attention } else { Exit::Done })
}

/// The fixed order of evaluation, in one line.
pub fn order(lang: Lang) -> String {
    let stages = Stage::ALL.map(|stage| stage.label(lang));
    say(lang, "policy_order", &[("stages", &stages.join(" → "))])
}

/// The worked example of a policy, step by step, and the other reading beside it.
fn example(lang: Lang, policy: &Policy) -> String {
    let key = policy.key();
    let said: [(_, &dyn std::fmt::Display); 3] = [
        ("policy", &key),
        ("name", &policy.name),
        ("span", &policy.valid),
    ];
    let mut text = format!("\n{}\n", say(lang, "policy_heading", &said));
    let Some(worked) = worked(policy) else {
        text.push_str(&format!("  {}\n", label(lang, "policy_without_example")));
        return text;
    };
    for line in worked.evaluation.text(lang).lines() {
        text.push_str(&format!("  {line}\n"));
    }
    text.push_str(&format!("  {}\n", agreed(lang, &worked)));
    if let Some((mode, other)) = &worked.other {
        text.push('\n');
        text.push_str(&sides::table(lang, *mode, &worked.evaluation, other));
    }
    text
}

fn agreed(lang: Lang, worked: &Worked) -> String {
    let expected = match &worked.expect {
        Expect::Total { total, .. } => channelflow_pipeline::table::money(*total),
        Expect::Held(_) => label(lang, "policy_held"),
    };
    let code = if worked.agrees {
        "policy_example_agrees"
    } else {
        "policy_example_differs"
    };
    say(lang, code, &[("expected", &expected)])
}
