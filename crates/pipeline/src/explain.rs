//! From a stored line back to the cells it came from: the artifact is read again, and every step
//! that touched the row is shown.

use std::sync::Arc;

use anyhow::Context;
use channelflow_model::messages::{Lang, label, say, word};
use channelflow_model::raw::column_letters;
use channelflow_model::{FlowKind, Sentence};
use channelflow_normalize::{ExplainedCell, FileContext};
use channelflow_warehouse::{LineDetail, LineStatus, Warehouse};
use serde::Serialize;

use crate::company::Company;
use crate::review_decide::BY_RULE;
use crate::table::{Align, Table};

/// A line with its original cells.
#[derive(Debug, Serialize)]
pub struct Explanation {
    /// What is stored.
    pub detail: LineDetail,
    /// Where it stands: file, sheet, row.
    pub place: channelflow_model::Place,
    /// The cells of its row, as the layout maps them.
    pub cells: Vec<ExplainedCell>,
    /// Why the cells could not be shown, if they could not.
    pub problem: Option<String>,
}

/// Looks a line up and reads its row again from the artifact in the landing area.
pub async fn explain(
    company: &Arc<Company>,
    warehouse: &Warehouse,
    line_id: i64,
) -> anyhow::Result<Explanation> {
    let detail = warehouse.line(line_id).await?;
    let layout = warehouse
        .layouts(&detail.line.distributor_id)
        .await?
        .into_iter()
        .find(|stored| {
            stored.layout.fingerprint == detail.fingerprint
                && stored.layout.kind == detail.line.kind
        })
        .map(|stored| stored.layout);
    let line = &detail.line;
    let place = channelflow_model::Place {
        file: Some(line.file_name.clone()),
        member: (!line.member.is_empty()).then(|| line.member.clone()),
        sheet: Some(line.sheet.clone()),
        row: u32::try_from(line.row).ok(),
        column: None,
    };
    let (shared, artifact) = (Arc::clone(company), detail.submission.artifact.clone());
    let (sheet_index, row) = (detail.sheet_index, u32::try_from(line.row).unwrap_or(0));
    let file_name = detail.submission.file_name.clone();
    let cells = tokio::task::spawn_blocking(move || {
        let landing = channelflow_collect::Landing::new(&shared.path(&shared.config.landing.path))?;
        let outcome = channelflow_read::read_in_child(
            &shared.program,
            &landing.path_of(&artifact),
            &shared.limits,
        )?;
        let table = outcome
            .tables
            .iter()
            .find(|table| table.sheet_index == sheet_index)
            .ok_or_else(|| Sentence::new("explain_no_sheet"))?;
        let layout = layout.ok_or_else(|| Sentence::new("explain_no_layout"))?;
        let context = FileContext {
            file_name: &file_name,
            layouts: std::slice::from_ref(&layout),
            settings: &shared.normalize,
            kind: None,
            range: None,
        };
        anyhow::Ok(channelflow_normalize::explain_row(
            table,
            &layout,
            row,
            &context,
            &shared.vocabulary,
        ))
    })
    .await
    .context("reading the artifact was interrupted")?;
    let (cells, problem) = match cells {
        Ok(cells) => (cells, None),
        Err(error) => {
            let problem = match error.downcast_ref::<Sentence>() {
                Some(said) => said.text(company.lang),
                None => format!("{error:#}"),
            };
            (Vec::new(), Some(problem))
        }
    };
    Ok(Explanation {
        detail,
        place,
        cells,
        problem,
    })
}

/// The explanation as a person reads it.
pub fn render(explanation: &Explanation, lang: Lang) -> String {
    let line = &explanation.detail.line;
    let mut text = String::new();
    let mut add = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    add(say(
        lang,
        "explain_heading",
        &[
            ("line", &line.line_id),
            ("kind", &label(lang, &format!("kind_{}", line.kind))),
            (
                "distributor",
                &format!("{} {}", line.distributor_id, line.distributor_name),
            ),
            ("day", &line.day),
        ],
    ));
    add(say(
        lang,
        "explain_place",
        &[("place", &explanation.place.text(lang))],
    ));
    add(say(
        lang,
        "explain_artifact",
        &[
            ("artifact", &explanation.detail.submission.artifact),
            ("submission", &line.submission_id),
            ("at", &explanation.detail.submission.received_at),
        ],
    ));
    let titles = [
        "explain_column",
        "explain_header",
        "explain_cell",
        "explain_read",
        "explain_rule",
    ]
    .map(|code| label(lang, code));
    let mut table = Table::new([
        (titles[0].as_str(), Align::Left),
        (titles[1].as_str(), Align::Left),
        (titles[2].as_str(), Align::Left),
        (titles[3].as_str(), Align::Left),
        (titles[4].as_str(), Align::Left),
    ]);
    for cell in &explanation.cells {
        table.row([
            column_letters(cell.column),
            cell.header.clone(),
            format!("`{}`", cell.original),
            format!(
                "{} = {}",
                word(lang, "field", cell.field.as_str()),
                cell.value
            ),
            read_by(&cell.rule, lang),
        ]);
    }
    if table.is_empty() {
        add(say(
            lang,
            "explain_no_cells",
            &[("problem", &explanation.problem.clone().unwrap_or_default())],
        ));
    } else {
        add(table.render("  ").trim_end().to_owned());
    }
    for step in steps(explanation, lang) {
        add(format!("  {step}"));
    }
    text
}

/// The rules of a cell (`text`, `text, filled_down`) in words.
fn read_by(rules: &str, lang: Lang) -> String {
    let words: Vec<String> = rules
        .split(", ")
        .map(|rule| word(lang, "read", rule))
        .collect();
    words.join(if lang == Lang::Zh { "，" } else { ", " })
}

fn steps(explanation: &Explanation, lang: Lang) -> Vec<String> {
    let detail = &explanation.detail;
    let line = &detail.line;
    let mut steps = Vec::new();
    if line.kind == FlowKind::Purchase && line.customer_id.is_none() {
        // Whom a distributor buys from is reported, and nobody has to be found for it.
        if !line.raw_customer.is_empty() {
            steps.push(say(
                lang,
                "explain_supplier",
                &[("reported", &line.raw_customer)],
            ));
        }
    } else if !line.raw_customer.is_empty() {
        steps.push(resolved(
            lang,
            "explain_customer",
            &line.raw_customer,
            line.customer_id.as_deref(),
            &line.customer_name,
            line.customer_rule
                .map(channelflow_model::flow::Rule::as_str),
        ));
    }
    steps.push(resolved(
        lang,
        "explain_product",
        &format!("{} {}", line.raw_product, line.raw_spec),
        line.product_id.as_deref(),
        &line.product_name,
        line.product_rule.map(channelflow_model::flow::Rule::as_str),
    ));
    for alias in &detail.aliases {
        steps.push(say(
            lang,
            "explain_alias",
            &[
                ("alias", &alias.alias_id),
                ("origin", &origin(lang, &alias.origin)),
                ("who", &alias.decided_by),
                ("at", &alias.decided_at),
            ],
        ));
    }
    if let Some(base) = line.base_quantity {
        steps.push(say(
            lang,
            "explain_quantity",
            &[
                ("quantity", &line.quantity),
                ("unit", &line.unit),
                ("base", &base),
                ("base_unit", &line.base_unit),
            ],
        ));
    }
    steps.push(say(
        lang,
        "explain_periods",
        &[
            ("business", &line.business_period),
            ("booking", &line.booking_period),
        ],
    ));
    let reason = line
        .hold_reason
        .map(|reason| label(lang, &format!("hold_{reason}")));
    steps.push(match line.status {
        LineStatus::Accepted => say(lang, "explain_accepted", &[("load", &line.opened_load)]),
        LineStatus::Held => say(
            lang,
            "explain_held",
            &[
                ("load", &line.opened_load),
                ("reason", &reason.unwrap_or_default()),
            ],
        ),
        LineStatus::Ignored => say(lang, "explain_ignored", &[("load", &line.opened_load)]),
    });
    if let Some(of) = line.made_from {
        steps.push(say(lang, "explain_delta", &[("of", &of)]));
    }
    for (code, load) in [
        ("explain_closed", &detail.closed),
        ("explain_reversed", &detail.reversed),
    ] {
        if let Some(load) = load {
            steps.push(say(
                lang,
                code,
                &[
                    ("load", &load.load_id),
                    ("kind", &word(lang, "load", &load.kind)),
                    ("at", &load.at),
                ],
            ));
        }
    }
    steps
}

/// Where an alias comes from; of a rule, its class.
fn origin(lang: Lang, origin: &str) -> String {
    match origin.strip_prefix(BY_RULE) {
        None => word(lang, "origin", origin),
        Some(code) => {
            let class = word(lang, "class", code);
            say(
                lang,
                "origin_by_rule",
                &[("class", &class), ("code", &code)],
            )
        }
    }
}

fn resolved(
    lang: Lang,
    code: &str,
    reported: &str,
    id: Option<&str>,
    name: &str,
    rule: Option<&str>,
) -> String {
    match id {
        Some(id) => say(
            lang,
            code,
            &[
                ("reported", &reported.trim()),
                ("id", &id),
                ("name", &name),
                (
                    "rule",
                    &label(lang, &format!("rule_{}", rule.unwrap_or_default())),
                ),
            ],
        ),
        None => say(
            lang,
            &format!("{code}_unknown"),
            &[("reported", &reported.trim())],
        ),
    }
}
