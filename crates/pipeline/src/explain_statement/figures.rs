//! The figures a line of a statement rests on, as text: each with what it comes to and its first
//! records.

use channelflow_model::FlowKind;
use channelflow_model::messages::{Lang, label, say, word};
use channelflow_settle::evaluate::{money, number};
use channelflow_settle::figures::{Sums, decimal};
use channelflow_warehouse::{FlowRow, ImportedTarget};
use rust_decimal::Decimal;

use super::LineExplanation;
use crate::settle::{FigureKind, Footing, Names, Record, Source};
use crate::settle_text::span;
use crate::table::{Align, Table};

/// Records of a figure shown before the rest is counted.
const SHOWN: usize = 12;

/// Every figure with its records.
pub(super) fn figures(explained: &LineExplanation, lang: Lang) -> String {
    let records = &explained.records;
    let load = [(
        "load",
        &explained.settlement.as_of_load as &dyn std::fmt::Display,
    )];
    let mut text = format!("{}\n", say(lang, "explain_figures", &load));
    if records.figures.is_empty() {
        text.push_str(&format!("  {}\n", label(lang, "explain_no_figures")));
    }
    for footing in &records.figures {
        text.push_str(&format!("  {}\n", heading(footing, lang)));
        if !footing.agrees {
            text.push_str(&format!("  {}\n", label(lang, "explain_figure_differs")));
        }
        if footing.records.is_empty() {
            continue;
        }
        let table = table(footing, &records.names, lang);
        text.push_str(&table.without_empty_columns().render("    "));
        if footing.records.len() > SHOWN {
            let rest = footing.records.len() - SHOWN;
            let facts: [(&str, &dyn std::fmt::Display); 2] =
                [("rest", &rest), ("number", &explained.head.number)];
            let more = say(lang, "explain_records_more", &facts);
            text.push_str(&format!("    {more}\n"));
        }
    }
    text
}

/// `库存 P01（2026-02-14）：450`.
fn heading(footing: &Footing, lang: Lang) -> String {
    if footing.records.is_empty() {
        let unknown = matches!(
            footing.figure,
            FigureKind::Stock | FigureKind::Transit | FigureKind::BoughtRecently
        ) && footing.stated.quantity.is_none();
        let code = if unknown {
            "explain_figure_unknown"
        } else {
            "explain_figure_empty"
        };
        return say(lang, code, &[("figure", &figure_title(footing, lang))]);
    }
    let values = values(footing, lang);
    let facts: [(&str, &dyn std::fmt::Display); 3] = [
        ("figure", &figure_title(footing, lang)),
        ("values", &values),
        ("rows", &footing.records.len()),
    ];
    if footing.figure == FigureKind::Target && values.is_empty() {
        return say(lang, "explain_figure_of_months", &facts);
    }
    say(lang, "explain_figure", &facts)
}

/// What a figure is called, with the days it is about.
pub fn figure_title(footing: &Footing, lang: Lang) -> String {
    let figure = figure_name(footing, lang);
    let days = days_of(footing);
    if days.is_empty() {
        return figure;
    }
    say(
        lang,
        "explain_figure_days",
        &[("figure", &figure), ("days", &days)],
    )
}

/// Days a figure is about, where they are not those of the part.
pub fn days_of(footing: &Footing) -> String {
    match footing.days {
        None => String::new(),
        Some(days) if days.first == days.last => days.first.to_string(),
        Some(days) => days.to_string(),
    }
}

/// What a figure is called, with the product or span it is about.
pub fn figure_name(footing: &Footing, lang: Lang) -> String {
    match (footing.figure, footing.name.as_str()) {
        (FigureKind::Told, "carry") => word(lang, "figure", "carried"),
        (figure, "") => word(lang, "figure", figure.as_str()),
        (figure, name) => format!("{} {name}", word(lang, "figure", figure.as_str())),
    }
}

/// What the records come to, measure by measure.
fn values(footing: &Footing, lang: Lang) -> String {
    let Sums {
        quantity,
        amount,
        assessed,
    } = footing.found;
    let mut values = Vec::new();
    let mut add = |code: &str, value: Option<String>| {
        if let Some(value) = value {
            values.push(say(lang, code, &[("value", &value)]));
        }
    };
    let boxes = quantity.map(|it| match footing.figure {
        FigureKind::Transit => it.max(Decimal::ZERO),
        _ => it,
    });
    match footing.figure {
        FigureKind::Reports | FigureKind::Payments | FigureKind::Told => {}
        _ => add("explain_value_quantity", boxes.map(number)),
    }
    match footing.figure {
        FigureKind::Reports => {}
        _ => add("explain_value_amount", amount.map(money)),
    }
    // Records of other figures have none.
    if footing.figure != FigureKind::ReturnedBefore {
        add("explain_value_assessed", assessed.map(money));
    }
    if let Some(value) = footing.stated_value {
        let code = if footing.figure == FigureKind::Reports {
            "explain_value_share"
        } else {
            "explain_value_price"
        };
        let value = if footing.figure == FigureKind::Reports {
            value
                .checked_mul(Decimal::ONE_HUNDRED)
                .unwrap_or(value)
                .round_dp(2)
        } else {
            value.round_dp(6)
        };
        add(code, Some(number(value)));
    }
    values.join(if lang == Lang::Zh { "，" } else { ", " })
}

/// A product group of a target; without one it is of all products.
pub fn group_name(group: &str, lang: Lang) -> String {
    match group {
        "" => label(lang, "all_products"),
        group => group.to_owned(),
    }
}

fn table(footing: &Footing, names: &Names, lang: Lang) -> Table {
    let titles = [
        "column_record",
        "column_day",
        "column_role",
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
        (titles[4].as_str(), Align::Left),
        (titles[5].as_str(), Align::Right),
        (titles[6].as_str(), Align::Right),
        (titles[7].as_str(), Align::Left),
    ]);
    for record in footing.records.iter().take(SHOWN) {
        let [id, day, customer, product, source] = texts(record, names, lang);
        table.row([
            id,
            day,
            word(lang, "role", record.role.as_str()),
            customer,
            product,
            record.adds.quantity.map(number).unwrap_or_default(),
            yuan(record).map(money).unwrap_or_default(),
            source,
        ]);
    }
    table
}

/// Yuan of a record; of a target those it is measured in.
fn yuan(record: &Record) -> Option<Decimal> {
    match &record.source {
        Source::Target(_) => record.adds.amount.or(record.adds.assessed),
        _ => record.adds.amount,
    }
}

/// File, sheet and row; a text file has no sheets.
fn place(line: &FlowRow) -> String {
    let file = match line.member.as_str() {
        "" => line.file_name.clone(),
        member => format!("{}/{member}", line.file_name),
    };
    match line.sheet.as_str() {
        "" | "-" => format!("{file} {}", line.row),
        sheet => format!("{file} [{sheet}] {}", line.row),
    }
}

/// Product group, measure and counting point of a target, and the whole of it where only some days count.
fn target(it: &ImportedTarget, goal: Option<Decimal>, lang: Lang) -> String {
    let whole = decimal(it.target.value);
    let facts: [(&str, &dyn std::fmt::Display); 4] = [
        ("group", &group_name(&it.target.product_group, lang)),
        (
            "measure",
            &word(lang, "measured", it.target.measure.as_str()),
        ),
        ("point", &it.target.counting_point),
        ("whole", &number(whole)),
    ];
    let code = if goal == Some(whole) {
        "record_goal"
    } else {
        "record_goal_in_part"
    };
    say(lang, code, &facts)
}

/// Key, day, customer, product and place of a record.
fn texts(record: &Record, names: &Names, lang: Lang) -> [String; 5] {
    let product_of = |id: &str| {
        let (name, spec) = names.product(id);
        format!("{id} {name} {spec}").trim_end().to_owned()
    };
    match &record.source {
        Source::Line(line) => [
            line.line_id.to_string(),
            line.day.to_string(),
            if line.kind == FlowKind::Inventory {
                String::new()
            } else if line.customer_name.is_empty() {
                line.raw_customer.clone()
            } else {
                line.customer_name.clone()
            },
            format!("{} {}", line.product_name, line.product_spec),
            place(line),
        ],
        Source::Appeal(row) => [
            say(lang, "record_appeal", &[("appeal", &row.appeal_id)]),
            row.day.to_string(),
            names.customer(&row.customer_id).to_owned(),
            product_of(&row.product_id),
            say(
                lang,
                "record_appeal_source",
                &[
                    ("line", &row.line_id),
                    ("business", &row.business_period),
                    ("booking", &row.booking_period),
                ],
            ),
        ],
        Source::Shipment(it) => [
            format!("{} {}", it.doc_no, it.line_no)
                .trim_end()
                .to_owned(),
            it.day.to_string(),
            String::new(),
            product_of(&it.product_id),
            word(lang, "kind", "shipment"),
        ],
        Source::Payment(it) => [
            it.doc_no.clone(),
            it.day.to_string(),
            String::new(),
            String::new(),
            format!(
                "{} {}",
                word(lang, "kind", "payment"),
                word(lang, "instrument", it.instrument.as_str())
            ),
        ],
        Source::Report(it) => [
            format!("{} {}", it.period, word(lang, "kind", it.kind.as_str())),
            it.received_at
                .as_deref()
                .map(|at| at.get(..10).unwrap_or(at).to_owned())
                .unwrap_or_default(),
            String::new(),
            String::new(),
            word(lang, "kind", "report"),
        ],
        Source::Statement(it) => [
            it.number.clone(),
            String::new(),
            String::new(),
            format!("{} {}", it.policy, span(it.first, it.last)),
            word(lang, "kind", "statement"),
        ],
        Source::Target(it) => [
            it.target.period.to_string(),
            String::new(),
            String::new(),
            target(it, record.goal(), lang),
            say(
                lang,
                "record_goal_source",
                &[
                    ("file", &it.file_name),
                    ("version", &it.version),
                    ("by", &it.imported_by),
                    ("day", &it.imported_at.get(..10).unwrap_or(&it.imported_at)),
                ],
            ),
        ],
    }
}
