//! The section of the page about sources.

use channelflow_model::messages::{Lang, label, word};

use super::{Row, Section, columns, number, text};
use crate::report::RunReport;

/// The section; `None` when there is one folder and nothing to say about it.
pub(super) fn section(report: &RunReport, lang: Lang) -> Option<Section> {
    let rows = report
        .sources
        .iter()
        .map(|source| Row {
            cells: vec![
                text(&source.name),
                text(word(lang, "source_kind", &source.kind)),
                text(crate::report_sources::state(source, lang)),
                number(source.arrivals),
                number(source.seen_before),
                number(u64::from(source.tries)),
                text(crate::report_sources::time(source)),
            ],
            sum: false,
        })
        .collect();
    crate::report_sources::matter(report).then(|| Section {
        title: label(lang, "report_sources"),
        columns: columns(
            lang,
            [
                ("column_source_name", false),
                ("column_kind", false),
                ("column_stands", false),
                ("column_arrivals", true),
                ("column_seen_before", true),
                ("column_tries", true),
                ("column_visited", false),
            ],
        ),
        rows,
        ..Section::default()
    })
}
