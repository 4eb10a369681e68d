//! Achievement as text for a terminal. Not here: how it is computed.

use std::collections::BTreeMap;

use channelflow_model::Micros;
use channelflow_model::messages::{Lang, label, say, word};
use channelflow_model::settlement::Measure;
use channelflow_settle::achieve::{AchievementTable, Level, OrgView, PeriodBasis, Row, SpanKind};
use channelflow_warehouse::AchievementRow;
use rust_decimal::Decimal;

use crate::settle_text::percent;
use crate::table::{Align, Table, count};

/// Which rows are shown.
#[derive(Debug, Clone)]
pub struct View {
    /// Levels, from the top.
    pub levels: Vec<Level>,
    /// What is measured; `None`: what the company's targets are measured in.
    pub measure: Option<Measure>,
    /// Which sales count; `None`: what most targets name.
    pub counting_point: Option<String>,
    /// Product group; empty: all products.
    pub product_group: String,
}

impl View {
    /// The organisation, down to posts.
    pub fn organisation() -> Self {
        View {
            levels: vec![
                Level::Company,
                Level::Region,
                Level::Province,
                Level::District,
                Level::Post,
            ],
            measure: None,
            counting_point: None,
            product_group: String::new(),
        }
    }

    /// Measure and counting point to show: those asked for, or those most targets have.
    pub(crate) fn chosen<'t>(&self, table: &'t AchievementTable) -> Option<(Measure, &'t str)> {
        let mut targets: BTreeMap<(&str, Measure), u64> = BTreeMap::new();
        let rows = table.rows.iter().filter(|row| {
            row.span == SpanKind::Month
                && row.product_group == self.product_group
                && self.measure.is_none_or(|measure| measure == row.measure)
                && self
                    .counting_point
                    .as_ref()
                    .is_none_or(|point| *point == row.counting_point)
        });
        for row in rows {
            let known = targets
                .entry((&row.counting_point, row.measure))
                .or_default();
            *known += u64::from(row.target.is_some());
        }
        // Without targets the assessed amount, then the first in order.
        let best = targets
            .into_iter()
            .max_by_key(|((point, measure), targets)| {
                (
                    *targets,
                    *measure == Measure::Assessed,
                    std::cmp::Reverse(*point),
                )
            });
        best.map(|((point, measure), _)| (measure, point))
    }
}

/// The rows as a table.
pub fn render(table: &AchievementTable, view: &View, lang: Lang) -> String {
    let Some((measure, point)) = view.chosen(table) else {
        let nothing = say(lang, "achieve_nothing", &[("period", &table.period)]);
        let mut text = format!("{nothing}\n");
        for note in unknown(table, lang) {
            text.push_str(&format!("  {note}\n"));
        }
        return text;
    };
    let mut text = title(table, view, measure, point, lang);
    let shown = |row: &&Row| {
        row.measure == measure
            && row.counting_point == point
            && row.product_group == view.product_group
            && view.levels.contains(&row.level)
    };
    let mut others: BTreeMap<(Level, &str), [Option<Decimal>; 2]> = BTreeMap::new();
    for row in table.rows.iter().filter(shown) {
        let rates = others.entry((row.level, &row.id)).or_default();
        match row.span {
            SpanKind::Month => {}
            SpanKind::QuarterToDate => rates[0] = row.rate,
            SpanKind::YearToDate => rates[1] = row.rate,
        }
    }
    let titles = [
        "column_unit_level",
        "column_party_name",
        "column_actual",
        "column_target",
        "column_rate",
        "column_gap",
        "column_on_period",
        "column_on_year",
        "column_quarter_rate",
        "column_year_rate",
    ]
    .map(|code| label(lang, code));
    let mut out = Table::new([
        (titles[0].as_str(), Align::Left),
        (titles[1].as_str(), Align::Left),
        (titles[2].as_str(), Align::Right),
        (titles[3].as_str(), Align::Right),
        (titles[4].as_str(), Align::Right),
        (titles[5].as_str(), Align::Right),
        (titles[6].as_str(), Align::Right),
        (titles[7].as_str(), Align::Right),
        (titles[8].as_str(), Align::Right),
        (titles[9].as_str(), Align::Right),
    ]);
    let months = table
        .rows
        .iter()
        .filter(shown)
        .filter(|row| row.span == SpanKind::Month);
    let mut unpriced = 0;
    for row in months {
        unpriced = unpriced.max(row.unpriced.lines);
        // What nobody is credited for is the same on every level; once is enough.
        let nobodys = row.id.is_empty() && row.level.is_credited();
        if nobodys
            && row.level != Level::Company
            && row.actual == Micros::ZERO
            && row.target.is_none()
        {
            continue;
        }
        let rates = others
            .get(&(row.level, row.id.as_str()))
            .copied()
            .unwrap_or_default();
        out.row([
            word(lang, "achieve", row.level.as_str()),
            name(row, lang),
            shown_amount(row.actual, measure),
            row.target
                .map_or_else(none, |target| shown_amount(target, measure)),
            row.rate.map_or_else(none, percent),
            row.gap.map_or_else(none, signed),
            row.previous
                .as_ref()
                .and_then(|it| it.change)
                .map_or_else(none, signed),
            row.last_year.change.map_or_else(none, signed),
            rates[0].map_or_else(none, percent),
            rates[1].map_or_else(none, percent),
        ]);
    }
    text.push_str(&out.render("  "));
    for note in notes(table, measure, unpriced, lang) {
        text.push_str(&format!("  {note}\n"));
    }
    text
}

/// What is missing from the figures.
fn notes(table: &AchievementTable, measure: Measure, unpriced: i64, lang: Lang) -> Vec<String> {
    let mut notes = Vec::new();
    if measure == Measure::Amount && table.without_amount > 0 {
        let rows = count(table.without_amount);
        notes.push(say(lang, "achieve_without_amount", &[("rows", &rows)]));
    }
    if unpriced > 0 && measure == Measure::Assessed {
        let rows = count(u64::try_from(unpriced).unwrap_or(0));
        notes.push(say(lang, "achieve_unpriced", &[("rows", &rows)]));
    }
    notes.extend(unknown(table, lang));
    notes
}

/// What is in no figure because it is not known.
fn unknown(table: &AchievementTable, lang: Lang) -> impl Iterator<Item = String> {
    [unreported(table, lang), waiting(table, lang)]
        .into_iter()
        .flatten()
}

/// Distributors listed by name; the others are counted.
const NAMED: usize = 5;

/// Which reports are not in any figure.
fn unreported(table: &AchievementTable, lang: Lang) -> Option<String> {
    let mut months: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for missing in &table.unreported {
        let distributor = (missing.distributor_id.as_str(), missing.name.as_str());
        let month = missing.period.to_string();
        months.entry(distributor).or_default().push(month);
    }
    if months.is_empty() {
        return None;
    }
    let named = months.iter().take(NAMED);
    let mut named: Vec<String> = named
        .map(|((id, name), months)| format!("{id} {name} ({})", months.join(", ")))
        .collect();
    if months.len() > NAMED {
        let more = months.len() - NAMED;
        named.push(say(lang, "achieve_more", &[("count", &more)]));
    }
    let separator = match lang {
        Lang::Zh => "、",
        Lang::En => ", ",
    };
    let facts: [(&str, &dyn std::fmt::Display); 2] = [
        ("count", &months.len()),
        ("distributors", &named.join(separator)),
    ];
    Some(say(lang, "achieve_unreported", &facts))
}

/// Which sales are not in any figure because they wait.
fn waiting(table: &AchievementTable, lang: Lang) -> Option<String> {
    let lines = u64::try_from(table.waiting.lines).ok()?;
    let (rows, yuan) = (
        count(lines),
        shown_amount(table.waiting.amount, Measure::Amount),
    );
    let facts: [(&str, &dyn std::fmt::Display); 2] = [("rows", &rows), ("yuan", &yuan)];
    (lines > 0).then(|| say(lang, "achieve_waiting", &facts))
}

fn title(
    table: &AchievementTable,
    view: &View,
    measure: Measure,
    point: &str,
    lang: Lang,
) -> String {
    let organisation = match table.organisation {
        OrgView::AsWas => label(lang, "achieve_as_was"),
        OrgView::AsIs(day) => say(lang, "achieve_as_is", &[("day", &day)]),
    };
    let basis = match table.basis {
        PeriodBasis::Booking => "achieve_basis_booking",
        PeriodBasis::Business => "achieve_basis_business",
    };
    let group = if view.product_group.is_empty() {
        String::new()
    } else {
        say(lang, "achieve_group", &[("group", &view.product_group)])
    };
    let mut text = say(
        lang,
        "achieve_title",
        &[
            ("period", &table.period),
            ("basis", &label(lang, basis)),
            ("organisation", &organisation),
            ("point", &point),
            ("measure", &word(lang, "achieve_measure", measure.as_str())),
            ("group", &group),
        ],
    );
    text.push('\n');
    let elapsed = |span: SpanKind| {
        let row = table.rows.iter().find(|row| row.span == span);
        row.map_or_else(none, |row| percent(row.elapsed))
    };
    let said = say(
        lang,
        "achieve_elapsed",
        &[
            ("month", &elapsed(SpanKind::Month)),
            ("quarter", &elapsed(SpanKind::QuarterToDate)),
            ("year", &elapsed(SpanKind::YearToDate)),
        ],
    );
    text + &said + "\n"
}

fn name(row: &Row, lang: Lang) -> String {
    if row.id.is_empty() {
        let code = if row.level == Level::Person {
            "achieve_vacant"
        } else {
            "achieve_unattributed"
        };
        return label(lang, code);
    }
    if row.name.is_empty() {
        row.id.clone()
    } else {
        format!("{} {}", row.id, row.name)
    }
}

fn none() -> String {
    "–".to_owned()
}

fn signed(share: Decimal) -> String {
    let shown = percent(share);
    if share > Decimal::ZERO {
        format!("+{shown}")
    } else {
        shown
    }
}

/// A figure as people read it.
pub(crate) fn shown_amount(value: Micros, measure: Measure) -> String {
    match measure {
        Measure::Quantity => value.to_string(),
        Measure::Assessed | Measure::Amount => value.to_money(),
    }
}

/// Rows as the warehouse keeps them for analysts: every level but the customer, whose rows are
/// computed when they are asked for.
pub fn stored_rows(table: &AchievementTable) -> Vec<AchievementRow> {
    let text = |rate: Option<Decimal>| rate.map(|rate| rate.normalize().to_string());
    let kept = table.rows.iter().filter(|row| row.level != Level::Customer);
    kept.map(|row| AchievementRow {
        span: row.span.as_str(),
        level: row.level.as_str(),
        owner_id: row.id.clone(),
        owner_name: row.name.clone(),
        product_group: row.product_group.clone(),
        measure: row.measure.as_str(),
        counting_point: row.counting_point.clone(),
        actual: row.actual,
        unattributed: row.unattributed,
        unpriced: row.unpriced.quantity,
        target: row.target,
        last_year: row.last_year.actual,
        previous: row.previous.as_ref().map(|previous| previous.actual),
        rate: text(row.rate),
        on_year: text(row.last_year.change),
        on_period: text(row.previous.as_ref().and_then(|previous| previous.change)),
        progress_gap: text(row.gap),
    })
    .collect()
}
