//! From a line of a statement back to the cells it came from: policy, steps, records, and the first
//! record's original cells.

use std::sync::Arc;

use anyhow::bail;
use channelflow_model::messages::{Lang, label, say, word};
use channelflow_model::statement::{Settlement, StatementHead, StatementLine, StatementPart};
use channelflow_model::{Micros, Sentence};
use channelflow_settle::Evaluation;
use channelflow_warehouse::Warehouse;
use serde::Serialize;

use crate::company::Company;
use crate::explain::{Explanation, explain, render as render_line};
use crate::settle::{Records, records};
use crate::settle_text::{span, steps};
use crate::table::{Align, Table};

/// Records shown before the rest is counted.
const SHOWN: usize = 12;
/// Characters of a hash that are shown.
const HASH: usize = 12;

/// A line of a statement with everything behind it.
#[derive(Debug, Serialize)]
pub struct LineExplanation {
    /// The statement.
    pub head: StatementHead,
    /// The line.
    pub line: StatementLine,
    /// The part it stands in: policy, figures, steps.
    pub part: StatementPart,
    /// The computation.
    pub settlement: Settlement,
    /// What the part rests on.
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
    let records = records(company, warehouse, &statement, &part).await?;
    let first = match records.lines.first() {
        Some(first) => Some(explain(company, warehouse, first.line_id).await?),
        None => None,
    };
    Ok(LineExplanation {
        settlement: warehouse.settlement(statement.head.settlement_id).await?,
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
    let amount = line
        .amount
        .map_or_else(|| label(lang, "statement_line_held"), Micros::to_money);
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
    if let Ok(evaluation) = serde_json::from_value::<Evaluation>(part.evaluation.clone()) {
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
    text.push('\n');
    text.push_str(&shown_records(explained, lang));
    if let Some(first) = &explained.first {
        text.push_str(&format!(
            "\n{}\n{}",
            label(lang, "explain_first_record"),
            render_line(first, lang)
        ));
    }
    text
}

fn shown_records(explained: &LineExplanation, lang: Lang) -> String {
    let records = &explained.records;
    let titles = [
        "column_line",
        "column_day",
        "column_customer",
        "column_product",
        "column_quantity",
        "column_amount_yuan",
        "column_source",
    ]
    .map(|code| label(lang, code));
    let mut table = Table::new([
        (titles[0].as_str(), Align::Left),
        (titles[1].as_str(), Align::Left),
        (titles[2].as_str(), Align::Left),
        (titles[3].as_str(), Align::Left),
        (titles[4].as_str(), Align::Right),
        (titles[5].as_str(), Align::Right),
        (titles[6].as_str(), Align::Left),
    ]);
    let (mut quantity, mut amount) = (0_i128, 0_i128);
    let mut count = 0;
    let mut add = |cells: [String; 7], boxes: Option<Micros>, yuan: Option<Micros>| {
        quantity += i128::from(boxes.map_or(0, |it| it.0));
        amount += i128::from(yuan.map_or(0, |it| it.0));
        count += 1;
        if count <= SHOWN {
            table.row(cells);
        }
    };
    let shown = |value: Option<Micros>| value.map(|it| it.to_string()).unwrap_or_default();
    let money = |value: Option<Micros>| value.map(Micros::to_money).unwrap_or_default();
    for line in &records.lines {
        let cells = [
            line.line_id.to_string(),
            line.day.to_string(),
            line.customer_name.clone(),
            format!("{} {}", line.product_name, line.product_spec),
            shown(line.base_quantity),
            money(line.amount),
            format!("{} [{}] {}", line.file_name, line.sheet, line.row),
        ];
        add(cells, line.base_quantity, line.amount);
    }
    for it in &records.shipments {
        let cells = [
            it.doc_no.clone(),
            it.day.to_string(),
            String::new(),
            it.product_id.clone(),
            it.quantity.to_string(),
            it.amount.to_money(),
            word(lang, "kind", "shipment"),
        ];
        add(cells, Some(it.quantity), Some(it.amount));
    }
    for it in &records.payments {
        let cells = [
            it.doc_no.clone(),
            it.day.to_string(),
            word(lang, "instrument", it.instrument.as_str()),
            String::new(),
            String::new(),
            it.amount.to_money(),
            word(lang, "kind", "payment"),
        ];
        add(cells, None, Some(it.amount));
    }
    let sum = |value: i128| Micros::from_i128(value).unwrap_or_default();
    let facts: [(&str, &dyn std::fmt::Display); 4] = [
        ("rows", &count),
        ("quantity", &sum(quantity)),
        ("amount", &sum(amount).to_money()),
        ("load", &explained.settlement.as_of_load),
    ];
    let mut text = format!("{}\n", say(lang, "explain_records", &facts));
    if count > 0 {
        text.push_str(&table.render("  "));
    }
    if count > SHOWN {
        let rest = count - SHOWN;
        let facts: [(&str, &dyn std::fmt::Display); 2] =
            [("rest", &rest), ("number", &explained.head.number)];
        text.push_str(&format!(
            "  {}\n",
            say(lang, "explain_records_more", &facts)
        ));
    }
    text
}
