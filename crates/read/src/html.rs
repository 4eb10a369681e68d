//! HTML tables that ERP systems save as `.xls`.
//!
//! Spans are laid out on the grid; the text stands in the top left position and the span is
//! recorded as a merged range, as in a workbook. Nested tables are tables of their own.

use channelflow_model::CellKind;
use channelflow_model::raw::MergedRange;
use scraper::{ElementRef, Html, Node, Selector};

use crate::encoding::Encoded;
use crate::reading::{Reading, Sheet, merged_range};
use crate::refusal::{Refusal, Result};
use crate::table::TableBuilder;

/// Widest and highest span; browsers stop at the same numbers.
const WIDEST: u32 = 1_000;
const HIGHEST: u32 = 65_534;

/// Ranges kept per table; a page with more says nothing by them.
const RANGES: usize = 200_000;

/// Reads every table of a page.
pub(crate) fn read(reading: &mut Reading, text: Encoded) -> Result<()> {
    let text = match declared_charset(&text.head(4 << 10)) {
        Some(label) => text.declared(&label),
        None => text,
    };
    let (content, _) = text.decode();
    let lower_tail = tail(&content).to_ascii_lowercase();
    if last_open_table_is_cut(&content, &lower_tail) {
        return Err(Refusal::new("truncated"));
    }
    let page = Html::parse_document(&content);
    let selector = Selector::parse("table").map_err(Refusal::damaged)?;
    let mut number = 0;
    for element in page.select(&selector) {
        number += 1;
        let name = format!("table {number}");
        let (table, sheet) = read_table(reading, element).map_err(|r| r.in_sheet(&name))?;
        let grid = table.finish().map_err(|r| r.in_sheet(&name))?;
        if grid.row_numbers.is_empty() {
            continue;
        }
        reading.add(
            grid,
            Sheet {
                name,
                format: format!("html, {}", text.name),
                ..sheet
            },
        );
    }
    if number == 0 {
        return Err(Refusal::new("no_table"));
    }
    Ok(())
}

/// Position of the next cell, and what spans from above still occupy.
struct Layout<'a> {
    table: TableBuilder<'a>,
    columns_limit: u32,
    row: u32,
    column: usize,
    /// Per column: rows below the present one that a span still covers.
    covered: Vec<u32>,
    merged: Vec<MergedRange>,
    hidden_rows: Vec<u32>,
}

struct Cell {
    text: String,
    rows: u32,
    columns: u32,
}

fn read_table<'a>(reading: &Reading<'a>, element: ElementRef) -> Result<(TableBuilder<'a>, Sheet)> {
    let mut layout = Layout {
        table: reading.table(),
        columns_limit: reading.limits.columns,
        row: 0,
        column: 0,
        covered: Vec::new(),
        merged: Vec::new(),
        hidden_rows: Vec::new(),
    };
    let mut inner_tables = 0;
    let mut cell: Option<Cell> = None;
    for edge in element.traverse() {
        let (node, opens) = match edge {
            ego_tree::iter::Edge::Open(node) => (node, true),
            ego_tree::iter::Edge::Close(node) => (node, false),
        };
        match node.value() {
            Node::Text(text) if inner_tables == 0 && opens => {
                if let Some(cell) = &mut cell {
                    cell.text.push_str(text);
                }
            }
            Node::Element(tag) => match tag.name() {
                "table" if node.id() != element.id() => {
                    if opens {
                        inner_tables += 1;
                    } else {
                        inner_tables -= 1;
                    }
                }
                _ if inner_tables > 0 => {}
                "tr" if opens => layout.start_row(is_hidden(tag)),
                "td" | "th" if opens => {
                    cell = Some(Cell {
                        text: String::new(),
                        rows: span(tag.attr("rowspan"), HIGHEST),
                        columns: span(tag.attr("colspan"), WIDEST),
                    });
                }
                "td" | "th" => {
                    if let Some(cell) = cell.take() {
                        layout.place(&cell)?;
                    }
                }
                "br" | "p" | "div" if opens => {
                    if let Some(cell) = &mut cell {
                        cell.text.push(' ');
                    }
                }
                _ => {}
            },
            _ => {}
        }
    }
    let sheet = Sheet {
        merged: layout.merged,
        hidden_rows: layout.hidden_rows,
        ..Sheet::default()
    };
    Ok((layout.table, sheet))
}

impl Layout<'_> {
    fn start_row(&mut self, hidden: bool) {
        if self.row > 0 {
            for rows in &mut self.covered {
                *rows = rows.saturating_sub(1);
            }
        }
        self.row = self.row.saturating_add(1);
        self.column = 0;
        if hidden {
            self.hidden_rows.push(self.row);
        }
    }

    fn place(&mut self, cell: &Cell) -> Result<()> {
        if self.row == 0 {
            self.start_row(false);
        }
        // A span is covered as long as it has rows left including the present one.
        while self.covered.get(self.column).is_some_and(|rows| *rows > 0) {
            self.column += 1;
        }
        let first = self.column;
        let end = first + cell.columns as usize;
        let position = u32::try_from(first).unwrap_or(u32::MAX);
        let text = collapse(&cell.text);
        if position >= self.columns_limit {
            if text.is_empty() {
                return Ok(());
            }
            return Err(
                Refusal::over("too_many_columns", self.columns_limit).at(self.row, position)
            );
        }
        if self.covered.len() < end {
            self.covered.resize(end, 0);
        }
        if let Some(slots) = self.covered.get_mut(first..end) {
            slots.fill(cell.rows);
        }
        if (cell.rows > 1 || cell.columns > 1) && self.merged.len() < RANGES {
            let last = (
                self.row.saturating_add(cell.rows).saturating_sub(2),
                position.saturating_add(cell.columns).saturating_sub(1),
            );
            self.merged
                .push(merged_range((self.row.saturating_sub(1), position), last));
        }
        self.column = end;
        self.table.text(self.row, position, CellKind::Text, &text)
    }
}

fn span(value: Option<&str>, most: u32) -> u32 {
    value
        .and_then(|text| text.trim().parse::<u32>().ok())
        .unwrap_or(1)
        .clamp(1, most)
}

fn is_hidden(tag: &scraper::node::Element) -> bool {
    let style = tag.attr("style").unwrap_or("").to_ascii_lowercase();
    let style: String = style.chars().filter(|c| !c.is_whitespace()).collect();
    tag.attr("hidden").is_some() || style.contains("display:none")
}

/// Runs of white space are one blank, as a browser shows them; the ends are trimmed.
fn collapse(text: &str) -> String {
    let mut collapsed = String::with_capacity(text.len());
    for word in text.split([' ', '\t', '\r', '\n', '\u{a0}']) {
        if word.is_empty() {
            continue;
        }
        if !collapsed.is_empty() {
            collapsed.push(' ');
        }
        collapsed.push_str(word);
    }
    collapsed
}

/// The charset a `meta` element names.
fn declared_charset(head: &str) -> Option<String> {
    let lower = head.to_ascii_lowercase();
    let (_, rest) = lower.split_once("charset=")?;
    let label: String = rest
        .trim_start_matches(['"', '\''])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .collect();
    Some(label)
}

fn tail(content: &str) -> &str {
    let mut start = content.len().saturating_sub(1 << 20);
    while !content.is_char_boundary(start) {
        start += 1;
    }
    content.get(start..).unwrap_or("")
}

/// A page that ends within a table was cut off on its way. Pages that never close a table exist
/// too; they at least close the body or the page.
fn last_open_table_is_cut(content: &str, lower_tail: &str) -> bool {
    let closes = ["</table", "</body", "</html"];
    match closes.iter().filter_map(|tag| lower_tail.rfind(tag)).max() {
        Some(end) => lower_tail
            .get(end..)
            .is_some_and(|rest| rest.contains("<td") || rest.contains("<tr")),
        None => content.contains('<'),
    }
}
