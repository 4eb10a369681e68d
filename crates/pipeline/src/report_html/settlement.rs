//! The sections of the page about achievement and statements.

use channelflow_model::messages::{Lang, label, say, word};
use channelflow_model::settlement::Measure;
use channelflow_settle::achieve::SpanKind;

use super::{Cell, Row, Section, columns, money, text};
use crate::achieve_text::{View, shown_amount};
use crate::report::RunReport;
use crate::settle_text::percent;

/// Achievement of the organisation; `None` when nothing was settled.
pub(super) fn achievement(report: &RunReport, lang: Lang) -> Option<Section> {
    let settled = report.settlement.as_ref()?;
    let view = View::organisation();
    let (measure, point) = view.chosen(&settled.achievement)?;
    let rows = settled.achievement.rows.iter().filter(|row| {
        row.span == SpanKind::Month
            && row.measure == measure
            && row.counting_point == point
            && row.product_group.is_empty()
    });
    let none = || "–".to_owned();
    let rows = rows
        .map(|row| Row {
            cells: vec![
                text(word(lang, "achieve", row.level.as_str())),
                text(if row.id.is_empty() {
                    label(lang, "achieve_unattributed")
                } else {
                    format!("{} {}", row.id, row.name)
                }),
                figure(shown_amount(row.actual, measure)),
                figure(
                    row.target
                        .map_or_else(none, |target| shown_amount(target, measure)),
                ),
                figure(row.rate.map_or_else(none, percent)),
            ],
            sum: false,
        })
        .collect();
    Some(Section {
        title: say(
            lang,
            "settle_achievement_section",
            &[
                ("period", &settled.period),
                ("measure", &measure_word(measure, lang)),
                ("point", &point),
            ],
        ),
        columns: columns(
            lang,
            [
                ("column_unit_level", false),
                ("column_party_name", false),
                ("column_actual", true),
                ("column_target", true),
                ("column_rate", true),
            ],
        ),
        rows,
        ..Section::default()
    })
}

fn measure_word(measure: Measure, lang: Lang) -> String {
    word(lang, "achieve_measure", measure.as_str())
}

/// Statements of the month; `None` when there are none.
pub(super) fn statements(report: &RunReport, lang: Lang) -> Option<Section> {
    let settled = report.settlement.as_ref()?;
    let rows: Vec<Row> = settled
        .statements
        .iter()
        .map(|head| Row {
            cells: vec![
                text(head.number.clone()),
                text(head.party_id.clone()),
                text(word(lang, "statement_state", head.state.as_str())),
                money(head.total),
                figure(head.held_lines.to_string()),
            ],
            sum: false,
        })
        .collect();
    (!rows.is_empty()).then(|| Section {
        title: say(
            lang,
            "settle_statements_section",
            &[("period", &settled.period)],
        ),
        columns: columns(
            lang,
            [
                ("column_statement", false),
                ("column_party", false),
                ("column_state", false),
                ("column_total", true),
                ("column_held_lines", true),
            ],
        ),
        rows,
        ..Section::default()
    })
}

/// A figure that is written already.
fn figure(text: String) -> Cell {
    Cell {
        text,
        number: true,
        tone: "",
    }
}
