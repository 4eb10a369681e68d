//! XML Spreadsheet 2003, which ERP systems save as `.xls`.
//!
//! Read as a stream. A document type declaration is refused: no program writes one, and entities
//! are the way to make a small file large.

use channelflow_model::CellKind;
use channelflow_model::raw::MergedRange;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::encoding::Encoded;
use crate::number;
use crate::reading::{Reading, Sheet, merged_range};
use crate::refusal::{Refusal, Result};
use crate::sheet_xml::{attribute, is_true, resolve};
use crate::table::TableBuilder;

/// Spans of hidden rows and columns are written out up to here.
const LONGEST_SPAN: u32 = 1_100_000;

/// Reads every worksheet.
pub(crate) fn read(reading: &mut Reading, text: Encoded) -> Result<()> {
    let (content, _) = text.decode();
    let mut reader = Reader::from_str(&content);
    let mut book = Book::default();
    let mut open: Option<Worksheet> = None;
    loop {
        let event = reader.read_event().map_err(Refusal::damaged)?;
        let is_empty = matches!(event, Event::Empty(_));
        match event {
            Event::DocType(_) => return Err(Refusal::new("xml_entity")),
            Event::Eof => break,
            Event::Start(element) | Event::Empty(element) => {
                let name = element.local_name();
                match (name.as_ref(), &mut open) {
                    ("Workbook", None) => book.seen = true,
                    ("Worksheet", None) => {
                        open = Some(Worksheet::new(reading.table(), &element));
                    }
                    (_, Some(sheet)) => sheet
                        .start(&element, is_empty)
                        .map_err(|refusal| refusal.in_sheet(&sheet.facts.name))?,
                    ("Date1904", None) => book.epoch_1904 = true,
                    _ => {}
                }
            }
            Event::End(element) => match (element.local_name().as_ref(), open.take()) {
                ("Worksheet", Some(sheet)) => {
                    let name = sheet.facts.name.clone();
                    let grid = sheet.table.finish().map_err(|r| r.in_sheet(&name))?;
                    reading.add(grid, sheet.facts);
                }
                ("Workbook", None) => book.closed = true,
                (name, Some(mut sheet)) => {
                    sheet
                        .end(name)
                        .map_err(|refusal| refusal.in_sheet(&sheet.facts.name))?;
                    open = Some(sheet);
                }
                (_, None) => {}
            },
            Event::Text(text) => push(&mut open, &text.xml10_content()),
            Event::CData(text) => push(&mut open, &text.xml10_content()),
            Event::GeneralRef(entity) => push(&mut open, &resolve(&entity)?),
            _ => {}
        }
    }
    if !book.seen {
        return Err(Refusal::new("unsupported_type").fact("type", "xml"));
    }
    if !book.closed {
        return Err(Refusal::new("truncated"));
    }
    for table in &mut reading.tables {
        if table.format.is_empty() {
            table.format = format!("xml spreadsheet 2003, {}", text.name);
            table.epoch_1904 = book.epoch_1904;
        }
    }
    Ok(())
}

#[derive(Default)]
struct Book {
    seen: bool,
    closed: bool,
    epoch_1904: bool,
}

struct Worksheet<'a> {
    table: TableBuilder<'a>,
    facts: Sheet,
    /// Number of the present row, from 1; 0 before the first.
    row: u32,
    /// Rows the present one stands for besides itself.
    row_span: u32,
    /// Position after the last cell.
    column: u32,
    /// Position after the last `Column` element.
    described: u32,
    cell: Option<CellFacts>,
    /// Whether text belongs to the value of a cell.
    in_data: bool,
    in_comment: bool,
    in_visible: bool,
    text: String,
}

#[derive(Default)]
struct CellFacts {
    column: u32,
    formula: bool,
    kind: String,
    has_data: bool,
}

impl<'a> Worksheet<'a> {
    fn new(table: TableBuilder<'a>, element: &BytesStart) -> Self {
        Worksheet {
            table,
            facts: Sheet {
                name: attribute(element, "Name").unwrap_or_default(),
                ..Sheet::default()
            },
            row: 0,
            row_span: 0,
            column: 0,
            described: 0,
            cell: None,
            in_data: false,
            in_comment: false,
            in_visible: false,
            text: String::new(),
        }
    }

    fn start(&mut self, element: &BytesStart, is_empty: bool) -> Result<()> {
        match element.local_name().as_ref() {
            "Column" => {
                let first =
                    number(element, "Index").map_or(self.described, |n| n.saturating_sub(1));
                let last = first.saturating_add(number(element, "Span").unwrap_or(0));
                if is_true(element, "Hidden") && last - first < LONGEST_SPAN {
                    self.facts.hidden_columns.extend(first..=last);
                }
                self.described = last.saturating_add(1);
            }
            "Row" => {
                let next = self.row.saturating_add(self.row_span).saturating_add(1);
                self.row = number(element, "Index").unwrap_or(next).max(1);
                self.row_span = number(element, "Span").unwrap_or(0);
                let last = self.row.saturating_add(self.row_span);
                if is_true(element, "Hidden") && self.row_span < LONGEST_SPAN {
                    self.facts.hidden_rows.extend(self.row..=last);
                }
                self.column = 0;
            }
            "Cell" => {
                self.start_cell(element);
                if is_empty {
                    self.end("Cell")?;
                }
            }
            "Comment" if !is_empty => self.in_comment = true,
            "Data" if !self.in_comment => {
                if let Some(cell) = &mut self.cell {
                    cell.kind = attribute(element, "Type").unwrap_or_default();
                    cell.has_data = !is_empty;
                    self.in_data = !is_empty;
                    self.text.clear();
                }
            }
            "Visible" if !is_empty => {
                self.in_visible = true;
                self.text.clear();
            }
            _ => {}
        }
        Ok(())
    }

    fn start_cell(&mut self, element: &BytesStart) {
        let column = number(element, "Index").map_or(self.column, |n| n.saturating_sub(1));
        let across = number(element, "MergeAcross").unwrap_or(0);
        let down = number(element, "MergeDown").unwrap_or(0);
        if across > 0 || down > 0 {
            let first = (self.row.saturating_sub(1), column);
            let last = (first.0.saturating_add(down), column.saturating_add(across));
            let range: MergedRange = merged_range(first, last);
            self.facts.merged.push(range);
        }
        self.column = column.saturating_add(across).saturating_add(1);
        self.text.clear();
        self.cell = Some(CellFacts {
            column,
            formula: attribute(element, "Formula").is_some(),
            ..CellFacts::default()
        });
    }

    fn end(&mut self, name: &str) -> Result<()> {
        match name {
            "Comment" => self.in_comment = false,
            "Data" if !self.in_comment => self.in_data = false,
            "Visible" => {
                self.in_visible = false;
                self.facts.hidden = self.text.starts_with("SheetHidden")
                    || self.text.starts_with("SheetVeryHidden");
            }
            "Cell" => {
                if let Some(cell) = self.cell.take() {
                    self.set(&cell)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn set(&mut self, cell: &CellFacts) -> Result<()> {
        let (row, column) = (self.row.max(1), cell.column);
        if !cell.has_data {
            if cell.formula {
                return self
                    .table
                    .text(row, column, CellKind::FormulaWithoutValue, "");
            }
            return Ok(());
        }
        let text = self.text.as_str();
        let trimmed = text.trim();
        match cell.kind.as_str() {
            "Number" => {
                if let Ok(value) = trimmed.parse() {
                    return self.table.number(row, column, value);
                }
            }
            "DateTime" => {
                // A time of day is written on the day before the first one.
                let on_no_day = ["1899-12-30T", "1899-12-31T"];
                let time = on_no_day.iter().find_map(|day| trimmed.strip_prefix(day));
                if let Some(time) = time.and_then(|time| time.get(..8)) {
                    return self.table.text(row, column, CellKind::Time, time);
                }
                if let Some((kind, date)) = number::iso_date(trimmed) {
                    return self.table.text(row, column, kind, &date);
                }
            }
            "Boolean" => {
                let shown = if trimmed == "1" { "TRUE" } else { "FALSE" };
                return self.table.text(row, column, CellKind::Bool, shown);
            }
            "Error" => return self.table.text(row, column, CellKind::Error, trimmed),
            _ => {}
        }
        self.table.text(row, column, CellKind::Text, text)
    }
}

fn push(open: &mut Option<Worksheet>, text: &str) {
    if let Some(sheet) = open
        && (sheet.in_data || sheet.in_visible)
    {
        sheet.text.push_str(text);
    }
}

fn number(element: &BytesStart, name: &str) -> Option<u32> {
    attribute(element, name)?.trim().parse().ok()
}
