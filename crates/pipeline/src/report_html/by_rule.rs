//! The section of the page about names that rules decided.

use channelflow_model::messages::{Lang, label, word};

use super::{Row, Section, columns, money, number, text};
use crate::report::RunReport;

/// The section; `None` when rules decided nothing.
pub(super) fn section(report: &RunReport, lang: Lang) -> Option<Section> {
    let rows = report
        .accepted_by_rule
        .iter()
        .map(|rule| Row {
            cells: vec![
                text(word(lang, "kind", rule.kind.as_str())),
                text(format!(
                    "{} ({})",
                    word(lang, "class", &rule.class),
                    rule.class
                )),
                number(rule.names),
                number(rule.rows),
                money(rule.amount),
            ],
            sum: false,
        })
        .collect();
    (!report.accepted_by_rule.is_empty()).then(|| Section {
        title: label(lang, "report_by_rule"),
        columns: columns(
            lang,
            [
                ("review_column_kind", false),
                ("audit_column_class", false),
                ("audit_column_names", true),
                ("column_rows", true),
                ("column_amount", true),
            ],
        ),
        rows,
        ..Section::default()
    })
}
