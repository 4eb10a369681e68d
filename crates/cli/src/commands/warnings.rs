//! `channelflow warnings`: what somebody should act on today (预警), the gravest first.

use channelflow_model::Lang;
use channelflow_model::finding::Severity;
use channelflow_model::messages::{label, say};
use channelflow_pipeline::table::Align;
use channelflow_pipeline::warnings::{Warning, warnings};

use crate::Format;
use crate::commands::settings_import::table;
use crate::exit::Exit;
use crate::output;
use crate::session::{Context, Session};

/// Carries it out.
pub async fn execute(context: &Context) -> anyhow::Result<Exit> {
    let session = Session::open(context).await?;
    let found = warnings(&session.company, &session.warehouse, session.today).await?;
    if session.format == Format::Json {
        output::json(&found)?;
    } else if found.is_empty() {
        output::note(&label(session.lang, "warnings_none"));
    } else {
        output::text(&shown(session.lang, &found))?;
    }
    Ok(if found.is_empty() {
        Exit::Done
    } else {
        Exit::Attention
    })
}

/// The warnings, and below them what to do about each kind.
fn shown(lang: Lang, found: &[Warning]) -> String {
    let mut rows = table(
        lang,
        [
            ("warnings_column_severity", Align::Left),
            ("warnings_column_yuan", Align::Right),
            ("warnings_column_what", Align::Left),
        ],
    );
    let mut hints: Vec<String> = Vec::new();
    for warning in found {
        let mark = match warning.finding.severity {
            Severity::Error => "✗",
            Severity::Warning => "!",
            Severity::Info => "·",
        };
        let yuan = warning.yuan.map(channelflow_model::Micros::to_money);
        rows.row([
            mark.to_owned(),
            yuan.unwrap_or_default(),
            warning.finding.text(lang),
        ]);
        if let Some(hint) = warning.finding.hint(lang)
            && !hints.contains(&hint)
        {
            hints.push(hint);
        }
    }
    let mut text = rows.render("");
    text.push_str(&say(lang, "warnings_sum", &[("warnings", &found.len())]));
    text.push('\n');
    for hint in hints {
        text.push_str(&format!("{}: {hint}\n", label(lang, "report_hint")));
    }
    text
}
