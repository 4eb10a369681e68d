//! Shared by the tests of this crate: a file in a few lines, and a flow table as text.

#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::sync::LazyLock;

use channelflow_model::flow::FlowTable;
use channelflow_model::layout::Layout;
use channelflow_model::{DayRange, FlowKind, Lang, RawTable};
use channelflow_normalize::{FileContext, Normalized, Settings, Vocabulary, normalize};

static BUILTIN: LazyLock<Vocabulary> = LazyLock::new(Vocabulary::builtin);

/// A file that is about to be normalised.
pub struct File<'a> {
    pub name: &'a str,
    pub tables: Vec<RawTable>,
    pub layouts: Vec<Layout>,
    pub settings: Settings,
    pub kind: Option<FlowKind>,
    pub range: Option<DayRange>,
}

impl<'a> File<'a> {
    pub fn new(name: &'a str, rows: &[&[&str]]) -> Self {
        File::of(name, vec![RawTable::from_texts("Sheet1", rows)])
    }

    pub fn of(name: &'a str, tables: Vec<RawTable>) -> Self {
        File {
            name,
            tables,
            layouts: Vec::new(),
            settings: Settings::default(),
            kind: None,
            range: None,
        }
    }

    /// Normalises and checks the accounting of every sheet.
    pub fn normalize(&self) -> Normalized {
        let context = FileContext {
            file_name: self.name,
            layouts: &self.layouts,
            settings: &self.settings,
            kind: self.kind,
            range: self.range,
        };
        let normalized = normalize(&self.tables, &context, &BUILTIN);
        check_accounting(&self.tables, &normalized);
        check_sentences(&normalized);
        normalized
    }

    /// The layout detected on the first sheet.
    pub fn layout(&self) -> Layout {
        self.normalize().sheets[0].layout.clone().expect("a layout")
    }
}

/// Every row is a line or dropped, and none is both.
pub fn check_accounting(tables: &[RawTable], normalized: &Normalized) {
    assert_eq!(tables.len(), normalized.sheets.len());
    for (table, report) in tables.iter().zip(&normalized.sheets) {
        let mut rows: Vec<u32> = normalized
            .dropped
            .iter()
            .filter(|dropped| dropped.sheet == table.sheet_index)
            .map(|dropped| dropped.row)
            .collect();
        let dropped = rows.len() as u64;
        for flow in &normalized.flows {
            let here = flow.sheet.iter().zip(&flow.row);
            rows.extend(
                here.filter(|(sheet, _)| {
                    flow.sheets[usize::from(**sheet)].sheet_index == table.sheet_index
                })
                .map(|(_, row)| *row),
            );
        }
        assert_eq!(report.rows_in, table.row_count() as u64);
        assert_eq!(report.rows_in, report.lines + dropped);
        rows.sort_unstable();
        assert_eq!(
            rows, table.row_numbers,
            "every row once, in `{}`",
            table.sheet
        );
    }
}

/// Every finding has a sentence in both languages with all its facts.
fn check_sentences(normalized: &Normalized) {
    for finding in &normalized.findings {
        for lang in [Lang::Zh, Lang::En] {
            let text = finding.text(lang);
            let hint = finding.hint(lang).unwrap_or_default();
            assert!(
                !text.starts_with(finding.code.as_ref()),
                "no sentence for {text}"
            );
            for name in [
                "{lines}",
                "{kind}",
                "{example}",
                "{columns}",
                "{range}",
                "{field}",
            ] {
                assert!(
                    !text.contains(name) && !hint.contains(name),
                    "{text} {hint}"
                );
            }
        }
    }
}

/// Lines as `row day party product lot quantity price amount [flags] hold`.
pub fn lines(normalized: &Normalized) -> Vec<String> {
    normalized.flows.iter().flat_map(table_lines).collect()
}

fn table_lines(flow: &FlowTable) -> Vec<String> {
    let money = |value: Option<channelflow_model::Micros>| {
        value.map_or("-".to_owned(), |value| value.to_string())
    };
    (0..flow.len())
        .map(|line| {
            let product = &flow.products[flow.product[line] as usize];
            let words: Vec<&str> = flow.flags[line].words().collect();
            let hold = flow.hold[line].map_or(String::new(), |hold| format!(" {hold}"));
            let detail = flow.details.get(&u32::try_from(line).unwrap());
            let detail = detail.map_or(String::new(), |detail| format!(" ({detail})"));
            format!(
                "{} {} {} {}{} {} {}{} {} {} [{}]{hold}{detail}",
                flow.row[line],
                flow.day[line],
                flow.parties[flow.party[line] as usize].name,
                product.name,
                if product.spec.is_empty() {
                    String::new()
                } else {
                    format!("/{}", product.spec)
                },
                flow.lots[flow.lot[line] as usize].lot,
                flow.quantity[line],
                product.unit,
                money(flow.price[line]),
                money(flow.amount[line]),
                words.join(" "),
            )
        })
        .collect()
}

/// Dropped rows as `row reason`.
pub fn dropped(normalized: &Normalized) -> Vec<String> {
    let rows = normalized.dropped.iter();
    rows.map(|dropped| format!("{} {}", dropped.row, dropped.reason))
        .collect()
}

/// Codes of the findings, in order.
pub fn codes(normalized: &Normalized) -> Vec<&str> {
    normalized
        .findings
        .iter()
        .map(|finding| finding.code.as_ref())
        .collect()
}
