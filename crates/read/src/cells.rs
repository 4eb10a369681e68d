//! The cells of an xlsx sheet, straight from its XML.
//!
//! The library decodes the workbook, its strings and its styles; the cells, by far the most of
//! the work, are walked here: a plain cell is four bytes compared and one search, everything less
//! plain goes through the XML reader. That reads several times as many cells per second, tells
//! formulas and hidden rows on the way, and keeps digits that a float would lose. Sheets written
//! in another manner (namespace prefixes, other encodings) are left to the library.

use calamine::{ExcelDateTime, ExcelDateTimeType};
use channelflow_model::CellKind;
use memchr::memmem;

use crate::cell_content::{Content, unescape_controls};
use crate::number;
use crate::refusal::{Refusal, Result};
use crate::table::TableBuilder;

/// What cells refer to.
pub(crate) struct Book<'a> {
    pub(crate) strings: &'a [&'a str],
    pub(crate) styles: &'a [Style],
    pub(crate) epoch_1904: bool,
}

/// How numbers of a style are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Number,
    Date,
    Duration,
}

/// Whether a sheet is written in the manner this module reads.
pub(crate) fn is_plain(xml: &str) -> bool {
    memmem::find(xml.as_bytes(), b"<sheetData").is_some()
}

/// Puts the cells of `<sheetData>` into the table; returns the numbers of hidden rows.
pub(crate) fn read(sheet_data: &str, book: &Book, table: &mut TableBuilder) -> Result<Vec<u32>> {
    let mut walk = Walk {
        xml: sheet_data,
        position: 0,
        row: 0,
        column: 0,
    };
    let mut hidden = Vec::new();
    while let Some(tag) = walk.tag() {
        match tag.name.as_bytes() {
            b"c" => {
                let cell = Cell::new(tag.attributes, walk.row, walk.column);
                walk.column = cell.column.saturating_add(1);
                if !tag.empty {
                    walk.cell(&cell, book, table)?;
                }
            }
            b"row" => {
                let number = attribute(tag.attributes, "r").and_then(|text| text.parse().ok());
                walk.row = number.unwrap_or(walk.row.saturating_add(1));
                walk.column = 0;
                if let Some("1" | "true") = attribute(tag.attributes, "hidden") {
                    hidden.push(walk.row);
                }
            }
            _ => {}
        }
    }
    Ok(hidden)
}

/// The way through the XML.
struct Walk<'a> {
    xml: &'a str,
    position: usize,
    /// Number of the present row, from 1.
    row: u32,
    /// Where a cell without a reference would stand, from 0.
    column: u32,
}

struct Tag<'a> {
    name: &'a str,
    attributes: &'a str,
    empty: bool,
}

struct Cell<'a> {
    row: u32,
    column: u32,
    style: usize,
    kind: &'a str,
}

impl<'a> Walk<'a> {
    /// The next start tag; end tags, comments and texts are passed over.
    fn tag(&mut self) -> Option<Tag<'a>> {
        loop {
            let bytes = self.xml.as_bytes();
            let start = self.position + memchr::memchr(b'<', bytes.get(self.position..)?)? + 1;
            let end = match bytes.get(start)? {
                b'!' if bytes.get(start..)?.starts_with(b"!--") => {
                    start + memmem::find(bytes.get(start..)?, b"-->")? + 2
                }
                _ => tag_end(bytes, start)?,
            };
            self.position = end + 1;
            let content = self.xml.get(start..end)?;
            if content.starts_with(['/', '!', '?']) {
                continue;
            }
            let inner = content.strip_suffix('/');
            let empty = inner.is_some();
            let inner = inner.unwrap_or(content);
            let split = inner
                .bytes()
                .position(|byte| byte.is_ascii_whitespace())
                .unwrap_or(inner.len());
            let (name, attributes) = inner.split_at(split);
            return Some(Tag {
                name,
                attributes,
                empty,
            });
        }
    }

    /// Reads what stands in a cell, up to its end tag.
    fn cell(&mut self, cell: &Cell, book: &Book, table: &mut TableBuilder) -> Result<()> {
        let rest = self.xml.get(self.position..).unwrap_or("");
        if let Some(value) = rest.strip_prefix("<v>")
            && let Some(length) = memchr::memchr(b'<', value.as_bytes())
            && let Some(text) = value.get(..length)
            && value
                .get(length..)
                .is_some_and(|after| after.starts_with("</v></c>"))
            && !text.contains('&')
        {
            self.position += "<v>".len() + length + "</v></c>".len();
            return cell.set(Some(text), book, table);
        }
        let length = memmem::find(rest.as_bytes(), b"</c>")
            .ok_or_else(|| Refusal::damaged("a cell without an end"))?;
        self.position += length + "</c>".len();
        let content = Content::read(rest.get(..length).unwrap_or(""))?;
        if let Some(text) = content.inline {
            let text = unescape_controls(&text);
            return table.text(cell.row, cell.column, CellKind::Text, &text);
        }
        // An empty text saved with its type is the value of a formula, and it is an empty text.
        let missing = match &content.value {
            None => true,
            Some(value) => value.is_empty() && cell.kind != "str",
        };
        if content.formula && missing {
            return table.text(cell.row, cell.column, CellKind::FormulaWithoutValue, "");
        }
        cell.set(content.value.as_deref(), book, table)
    }
}

/// End of a tag; a `>` within quotes is not one.
fn tag_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut end = start;
    loop {
        end += memchr::memchr(b'>', bytes.get(end..)?)?;
        let quotes = bytes.get(start..end)?.iter().filter(|byte| **byte == b'"');
        if quotes.count() % 2 == 0 {
            return Some(end);
        }
        end += 1;
    }
}

impl<'a> Cell<'a> {
    fn new(attributes: &'a str, row: u32, column: u32) -> Self {
        let mut cell = Cell {
            row: row.max(1),
            column,
            style: 0,
            kind: "",
        };
        each_attribute(attributes, |name, value| match name.as_bytes() {
            b"r" => {
                if let Some((row, column)) = reference(value) {
                    cell.row = row;
                    cell.column = column;
                }
            }
            b"s" => cell.style = value.parse().unwrap_or(0),
            b"t" => cell.kind = value,
            _ => {}
        });
        cell
    }

    fn set(&self, value: Option<&str>, book: &Book, table: &mut TableBuilder) -> Result<()> {
        let (row, column) = (self.row, self.column);
        let Some(text) = value else {
            return Ok(());
        };
        match self.kind.as_bytes() {
            b"s" => {
                let index: usize = text.trim_ascii().parse().unwrap_or(usize::MAX);
                match book.strings.get(index) {
                    Some(text) => table.shared(row, column, text),
                    None if text.trim_ascii().is_empty() => Ok(()),
                    None => Err(
                        Refusal::damaged("a cell refers to a string that is missing")
                            .at(row, column),
                    ),
                }
            }
            b"" | b"n" => self.set_number(text.trim_ascii(), book, table),
            b"b" => {
                let shown = match text.trim_ascii() {
                    "1" | "true" => "TRUE",
                    "" => "",
                    _ => "FALSE",
                };
                table.text(row, column, CellKind::Bool, shown)
            }
            b"e" => table.text(row, column, CellKind::Error, text.trim_ascii()),
            b"d" => match number::iso_date(text) {
                Some((kind, date)) => table.text(row, column, kind, &date),
                None => table.text(row, column, CellKind::Text, text),
            },
            // `str`, and `inlineStr` with its text in the wrong place.
            _ => table.text(row, column, CellKind::Text, &unescape_controls(text)),
        }
    }

    fn set_number(&self, text: &str, book: &Book, table: &mut TableBuilder) -> Result<()> {
        let (row, column) = (self.row, self.column);
        let style = book.styles.get(self.style).copied();
        let kind = match style.unwrap_or(Style::Number) {
            Style::Number if number::is_canonical(text) => {
                return table.text(row, column, CellKind::Number, text);
            }
            Style::Number => None,
            Style::Date => Some(ExcelDateTimeType::DateTime),
            Style::Duration => Some(ExcelDateTimeType::TimeDelta),
        };
        match (text.parse::<f64>(), kind) {
            (Ok(value), None) => table.number(row, column, value),
            (Ok(value), Some(kind)) => {
                let date = ExcelDateTime::new(value, kind, book.epoch_1904);
                table.date(row, column, date, book.epoch_1904)
            }
            (Err(_), _) => table.text(row, column, CellKind::Text, text),
        }
    }
}

fn attribute<'a>(attributes: &'a str, wanted: &str) -> Option<&'a str> {
    let mut found = None;
    each_attribute(attributes, |name, value| {
        if name == wanted {
            found = Some(value);
        }
    });
    found
}

fn each_attribute<'a>(attributes: &'a str, mut visit: impl FnMut(&'a str, &'a str)) {
    let bytes = attributes.as_bytes();
    let position = |from: usize, wanted: fn(&u8) -> bool| {
        let found = bytes.get(from..)?.iter().position(wanted)?;
        Some(from + found)
    };
    let mut at = 0;
    // These are a few bytes; a plain loop beats every search made for long texts.
    while let Some(start) = position(at, |byte| !byte.is_ascii_whitespace()) {
        let Some(equals) = position(start, |byte| *byte == b'=') else {
            return;
        };
        let Some(open) = position(equals + 1, |byte| !byte.is_ascii_whitespace()) else {
            return;
        };
        let close = match bytes.get(open) {
            Some(b'"') => position(open + 1, |byte| *byte == b'"'),
            Some(b'\'') => position(open + 1, |byte| *byte == b'\''),
            _ => return,
        };
        let Some(close) = close else {
            return;
        };
        let name = attributes.get(start..equals).unwrap_or("");
        visit(
            name.trim_ascii_end(),
            attributes.get(open + 1..close).unwrap_or(""),
        );
        at = close + 1;
    }
}

/// `AB12` → row 12 (from 1), column 27 (from 0).
fn reference(text: &str) -> Option<(u32, u32)> {
    let (mut row, mut column) = (0_u32, 0_u32);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' if row == 0 => {
                column = column
                    .checked_mul(26)?
                    .checked_add(u32::from(byte - b'A') + 1)?;
            }
            b'0'..=b'9' => row = row.checked_mul(10)?.checked_add(u32::from(byte - b'0'))?,
            _ => return None,
        }
    }
    (row > 0).then_some((row, column.checked_sub(1)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    fn cells(sheet_data: &str) -> Vec<(u32, u32, CellKind, String)> {
        let limits = Limits::default();
        let mut table = TableBuilder::new(&limits, 0);
        let book = Book {
            strings: &["甲", "乙"],
            styles: &[Style::Number, Style::Date, Style::Duration],
            epoch_1904: false,
        };
        read(sheet_data, &book, &mut table).unwrap();
        let grid = table.finish().unwrap();
        let mut cells = Vec::new();
        for (index, row) in grid.row_numbers.iter().enumerate() {
            for (position, column) in (0_u32..).zip(&grid.columns) {
                let (kind, text) = column.cell(index);
                if kind != CellKind::Empty {
                    cells.push((*row, position, kind, text.to_owned()));
                }
            }
        }
        cells
    }

    #[test]
    fn one_of_each() {
        use CellKind::{
            Bool, Date, DateTime, Error, FormulaWithoutValue, InexactNumber, Number, Text, Time,
        };
        let cases = [
            (r#"<c r="B2" t="s"><v>1</v></c>"#, Some((Text, "乙"))),
            (r#"<c r="B2"><v>12.50</v></c>"#, Some((Number, "12.5"))),
            (
                r#"<c r="B2"><v>0.30000000000000004</v></c>"#,
                Some((Number, "0.3")),
            ),
            (
                r#"<c r="B2"><v>6.9012345678900002E+12</v></c>"#,
                Some((Number, "6901234567890")),
            ),
            (
                r#"<c r="B2"><v>1234567890123456</v></c>"#,
                Some((InexactNumber, "1234567890123456")),
            ),
            (
                r#"<c r="B2" s="1"><v>46082</v></c>"#,
                Some((Date, "2026-03-01")),
            ),
            (
                r#"<c r="B2" s="2"><v>1.5</v></c>"#,
                Some((Time, "36:00:00")),
            ),
            (
                r#"<c t="d" r="B2"><v>2026-03-01T08:30:00</v></c>"#,
                Some((DateTime, "2026-03-01T08:30:00")),
            ),
            (r#"<c r="B2" t="b"><v>1</v></c>"#, Some((Bool, "TRUE"))),
            (
                r#"<c r="B2" t="e"><v>#SPILL!</v></c>"#,
                Some((Error, "#SPILL!")),
            ),
            (
                r#"<c r="B2" t="str"><f>A1&amp;"x"</f><v>a&lt;b</v></c>"#,
                Some((Text, "a<b")),
            ),
            (r#"<c r="B2" t="str"><f>A1</f><v></v></c>"#, None),
            (
                r#"<c r="B2"><f>A1*2</f></c>"#,
                Some((FormulaWithoutValue, "")),
            ),
            (
                r#"<c r="B2"><f>A1*2</f><v/></c>"#,
                Some((FormulaWithoutValue, "")),
            ),
            (r#"<c r="B2"><f>A1*2</f><v>4</v></c>"#, Some((Number, "4"))),
            (
                r#"<c r="B2" t="inlineStr"><is><r><t>0012</t></r><r><t>a</t></r><rPh><t>x</t></rPh></is></c>"#,
                Some((Text, "0012a")),
            ),
            (
                r#"<c r="B2" t="inlineStr"><is><t> a </t></is></c>"#,
                Some((Text, "a")),
            ),
            (
                r#"<c r="B2" t="inlineStr"><is><t xml:space="preserve"> a </t></is></c>"#,
                Some((Text, " a ")),
            ),
            (
                r#"<c r="B2" t="inlineStr"><is><t><![CDATA[<b>]]></t></is></c>"#,
                Some((Text, "<b>")),
            ),
            (r#"<c r="B2" s="1"/>"#, None),
            (r#"<c r="B2" s="1"></c>"#, None),
        ];
        for (xml, expected) in cases {
            let found = cells(&format!("<sheetData><row r=\"2\">{xml}</row></sheetData>"));
            let expected: Vec<_> = expected
                .map(|(kind, text)| (2, 1, kind, text.to_owned()))
                .into_iter()
                .collect();
            assert_eq!(found, expected, "{xml}");
        }
    }

    #[test]
    fn rows_and_cells_without_references_stand_where_they_stand() {
        let found = cells(
            "<row><c><v>1</v></c><c><v>2</v></c></row><!-- <c><v>9</v></c> --><row r='5'><c/><c><v>3</v></c></row><row><c><v>4</v></c></row>",
        );
        let places: Vec<_> = found.iter().map(|cell| (cell.0, cell.1)).collect();
        assert_eq!(places, [(1, 0), (1, 1), (5, 1), (6, 0)]);
    }
}
