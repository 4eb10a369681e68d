//! From a line of a statement back to the cells it came from: policy, steps, records, and the first
//! record's original cells.

mod figures;

use std::sync::Arc;

use anyhow::bail;
use channelflow_model::Sentence;
use channelflow_model::messages::{Lang, label, say, word};
use channelflow_model::statement::{Settlement, StatementHead, StatementLine, StatementPart};
use channelflow_settle::Evaluation;
use channelflow_settle::evaluate::money;
use channelflow_warehouse::Warehouse;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::company::Company;
use crate::explain::{Explanation, explain, render as render_line};
use crate::settle::{Recorder, Records, Source};
use crate::settle_text::{span, steps};
use figures::figures;
pub use figures::{days_of, figure_name, figure_title, group_name};

/// Characters of a hash that are shown.
const HASH: usize = 12;

/// A line of a statement with everything behind it.
#[derive(Debug, Serialize)]
pub struct LineExplanation {
    /// The statement.
    pub head: StatementHead,
    /// Standard name of its party.
    pub party_name: String,
    /// The line.
    pub line: StatementLine,
    /// The part it stands in: policy, figures, steps.
    pub part: StatementPart,
    /// The computation.
    pub settlement: Settlement,
    /// What the line rests on, figure by figure.
    pub records: Records,
    /// The first flow line of them with its original cells.
    pub first: Option<Explanation>,
}

/// Explains line `line_no` of a statement.
pub async fn explain_statement(
    company: &Arc<Company>,
    warehouse: &Warehouse,
    number: &str,
    line_no: i64,
) -> anyhow::Result<LineExplanation> {
    let statement = warehouse.statement(number).await?;
    let found = statement.line(line_no);
    let Some((part, line)) = found.map(|(part, line)| (part.clone(), line.clone())) else {
        bail!(
            Sentence::new("statement_no_line")
                .fact("number", number)
                .fact("line", line_no)
        );
    };
    let recorder = Recorder::of_month(company, warehouse, statement.head.period).await?;
    let of_parts = recorder.records(&statement).await?;
    let mut of_parts = statement.parts.iter().zip(of_parts);
    let own = of_parts.find(|(it, _)| it.part_no == part.part_no);
    let records = own.map(|(_, records)| records).unwrap_or_default();
    let records = records.of_line(&line);
    let first = records.all().find_map(|(_, record)| match &record.source {
        Source::Line(line) => Some(line.line_id),
        _ => None,
    });
    let first = match first {
        Some(first) => Some(explain(company, warehouse, first).await?),
        None => None,
    };
    let distributors = &recorder.books().master.distributors;
    let party = distributors
        .iter()
        .find(|it| it.id == statement.head.party_id);
    Ok(LineExplanation {
        settlement: warehouse.settlement(statement.head.settlement_id).await?,
        party_name: party.map(|it| it.name.clone()).unwrap_or_default(),
        head: statement.head,
        line,
        part,
        records,
        first,
    })
}

/// The explanation as text.
pub fn render(explained: &LineExplanation, lang: Lang) -> String {
    let (line, part) = (&explained.line, &explained.part);
    let kind = word(lang, "policy_line", &line.kind);
    let kind = if line.name.is_empty() {
        kind
    } else {
        format!("{kind} `{}`", line.name)
    };
    let amount = line.amount.map_or_else(
        || label(lang, "statement_line_held"),
        |amount| {
            say(
                lang,
                "explain_line_amount",
                &[("amount", &amount.to_money())],
            )
        },
    );
    let mut text = say(
        lang,
        "explain_line_title",
        &[
            ("number", &explained.head.number),
            ("line", &line.line_no),
            ("kind", &kind),
            ("amount", &amount),
        ],
    );
    text.push('\n');
    text.push_str(&about(explained, lang));
    text.push('\n');
    let hash: String = part.policy_hash.chars().take(HASH).collect();
    let months = span(part.first, part.last);
    text.push_str(&say(
        lang,
        "explain_policy",
        &[
            ("policy", &part.policy),
            ("name", &part.policy_name),
            ("hash", &hash),
            ("span", &months),
        ],
    ));
    text.push('\n');
    if let Ok(evaluation) = part.evaluation.parse::<Evaluation>() {
        if let Some(held) = &evaluation.held {
            let said = say(lang, "explain_line_held", &[("reason", &held.text(lang))]);
            text.push_str(&format!("{said}\n"));
        }
        let reward = matches!(line.kind.as_str(), "reward" | "deduction");
        let reward = reward.then_some(line.name.as_str());
        text.push_str(&format!(
            "\n{}\n{}",
            label(lang, "explain_steps"),
            steps(&evaluation, reward, "  ", lang)
        ));
    }
    if let Some(said) = correction(explained, lang) {
        text.push_str(&format!("  {said}\n"));
    }
    text.push('\n');
    text.push_str(&figures(explained, lang));
    if let Some(first) = &explained.first {
        text.push_str(&format!(
            "\n{}\n{}",
            label(lang, "explain_first_record"),
            render_line(first, lang)
        ));
        if explained.records.lines() > 1 {
            text.push_str(&format!("\n{}\n", label(lang, "explain_records_each")));
        }
    }
    text
}

/// Whose statement, of which month, in which state, and the computation it came from.
fn about(explained: &LineExplanation, lang: Lang) -> String {
    let (head, settlement) = (&explained.head, &explained.settlement);
    let party = format!("{} {}", head.party_id, explained.party_name);
    let state = word(lang, "statement_state", head.state.as_str());
    let facts: [(&str, &dyn std::fmt::Display); 6] = [
        ("party", &party.trim_end()),
        ("period", &head.period),
        ("state", &state),
        ("settlement", &settlement.settlement_id),
        ("at", &settlement.at),
        ("version", &settlement.settings_version),
    ];
    say(lang, "explain_line_of", &facts)
}

/// What an earlier span comes to now, and what had been stated for it.
fn correction(explained: &LineExplanation, lang: Lang) -> Option<String> {
    let part = &explained.part;
    if !part.prior {
        return None;
    }
    let told = crate::settle::stated_for_correction(part)?;
    let difference: Decimal = explained.line.exact.parse().ok()?;
    let now = told.checked_add(difference)?;
    let facts: [(&str, &dyn std::fmt::Display); 3] = [
        ("now", &money(now)),
        ("stated", &money(told)),
        ("difference", &money(difference)),
    ];
    Some(say(lang, "explain_prior_was", &facts))
}
