//! Hidden rows, hidden columns and merged ranges of ods and xlsb, which the library does not tell.
//!
//! A second, light pass over the parts of the package; the cells are not looked at. What cannot be
//! understood is left out, never an error: the cells are right without it.

use std::collections::HashMap;

use channelflow_model::raw::MergedRange;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::package::Package;
use crate::reading::merged_range;
use crate::sheet_xml::{attribute, each_element};

/// Rows and columns of a sheet; ranges to its very end are formatting, not data.
const ROWS: u32 = 1_048_576;
const COLUMNS: u32 = 16_384;

/// What is known about a sheet besides its cells.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Extras {
    pub(crate) hidden_rows: Vec<u32>,
    pub(crate) hidden_columns: Vec<u32>,
    pub(crate) merged: Vec<MergedRange>,
}

/// By sheet name, from the content of an ods.
pub(crate) fn of_ods(content: &str) -> HashMap<String, Extras> {
    let mut found = HashMap::new();
    let mut reader = Reader::from_str(content);
    reader.config_mut().check_end_names = false;
    let mut name = String::new();
    let mut extras = Extras::default();
    // Positions after the last column, row and cell described.
    let (mut columns, mut rows, mut cells) = (0_u32, 0_u32, 0_u32);
    loop {
        let element = match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) => element,
            Ok(Event::End(element)) if element.name().as_ref() == "table:table" => {
                found.insert(std::mem::take(&mut name), std::mem::take(&mut extras));
                continue;
            }
            Ok(Event::Eof) | Err(_) => return found,
            Ok(_) => continue,
        };
        match element.name().as_ref() {
            "table:table" => {
                name = attribute(&element, "name").unwrap_or_default();
                (columns, rows, cells) = (0, 0, 0);
            }
            "table:table-column" => {
                let end = columns.saturating_add(count(&element, "number-columns-repeated"));
                if is_collapsed(&element) && end < COLUMNS {
                    extras.hidden_columns.extend(columns..end);
                }
                columns = end;
            }
            "table:table-row" => {
                let end = rows.saturating_add(count(&element, "number-rows-repeated"));
                if is_collapsed(&element) && end < ROWS {
                    extras.hidden_rows.extend(rows + 1..=end);
                }
                rows = end;
                cells = 0;
            }
            "table:table-cell" | "table:covered-table-cell" => {
                let across = count(&element, "number-columns-spanned");
                let down = count(&element, "number-rows-spanned");
                if across > 1 || down > 1 {
                    let row = rows.saturating_sub(1);
                    let last = (
                        row.saturating_add(down - 1),
                        cells.saturating_add(across - 1),
                    );
                    extras.merged.push(merged_range((row, cells), last));
                }
                cells = cells.saturating_add(count(&element, "number-columns-repeated"));
            }
            _ => {}
        }
    }
}

/// By sheet name, from the records of an xlsb.
pub(crate) fn of_xlsb(package: &Package) -> HashMap<String, Extras> {
    /// A sheet in the workbook part.
    const BUNDLE_SHEET: u16 = 0x9c;
    let mut targets = HashMap::new();
    let relations = package.text("xl/_rels/workbook.bin.rels").unwrap_or("");
    each_element(relations, "Relationship", |element| {
        let id = attribute(element, "Id");
        if let (Some(id), Some(target)) = (id, attribute(element, "Target")) {
            let path = match target.strip_prefix('/') {
                Some(absolute) => absolute.to_owned(),
                None => format!("xl/{target}"),
            };
            targets.insert(id, path);
        }
    });
    let mut found = HashMap::new();
    each_record(
        package.part("xl/workbook.bin").unwrap_or(b""),
        |kind, data| {
            if kind != BUNDLE_SHEET {
                return;
            }
            let after_state = data.get(8..).unwrap_or(b"");
            let Some((id, rest)) = wide_text(after_state) else {
                return;
            };
            let Some((name, _)) = wide_text(rest) else {
                return;
            };
            if let Some(part) = targets.get(&id).and_then(|path| package.part(path)) {
                found.insert(name, of_xlsb_sheet(part));
            }
        },
    );
    found
}

fn of_xlsb_sheet(part: &[u8]) -> Extras {
    const ROW: u16 = 0x00;
    const COLUMN_INFO: u16 = 0x3c;
    const MERGE_CELL: u16 = 0xb0;
    /// Bit of a row's height that says it has none.
    const ROW_IS_HIDDEN: u8 = 0x10;
    let mut extras = Extras::default();
    each_record(part, |kind, data| {
        let word = |at: usize| -> Option<u32> {
            let bytes = data.get(at..at + 4)?;
            bytes.try_into().ok().map(u32::from_le_bytes)
        };
        match kind {
            ROW => {
                if let (Some(row), Some(flags)) = (word(0), data.get(11))
                    && flags & ROW_IS_HIDDEN != 0
                    && row < ROWS
                {
                    extras.hidden_rows.push(row + 1);
                }
            }
            COLUMN_INFO => {
                if let (Some(first), Some(last), Some(flags)) = (word(0), word(4), data.get(16))
                    && flags & 1 != 0
                    && last < COLUMNS - 1
                {
                    extras.hidden_columns.extend(first..=last);
                }
            }
            MERGE_CELL => {
                if let (Some(top), Some(bottom), Some(left), Some(right)) =
                    (word(0), word(4), word(8), word(12))
                    && bottom < ROWS
                    && right < COLUMNS
                {
                    extras
                        .merged
                        .push(merged_range((top, left), (bottom, right)));
                }
            }
            _ => {}
        }
    });
    extras
}

/// Calls `visit` with type and content of every record; stops at a broken one.
fn each_record(part: &[u8], mut visit: impl FnMut(u16, &[u8])) {
    let mut rest = part;
    while let Some((kind, after)) = record_head(rest) {
        let Some((length, after)) = record_length(after) else {
            return;
        };
        let Some((data, after)) = after.split_at_checked(length) else {
            return;
        };
        visit(kind, data);
        rest = after;
    }
}

fn record_head(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (low, rest) = bytes.split_first()?;
    if low & 0x80 == 0 {
        return Some((u16::from(*low), rest));
    }
    let (high, rest) = rest.split_first()?;
    Some((u16::from(low & 0x7f) | u16::from(high & 0x7f) << 7, rest))
}

fn record_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut length = 0;
    let mut rest = bytes;
    for shift in [0, 7, 14, 21] {
        let (byte, after) = rest.split_first()?;
        length |= usize::from(byte & 0x7f) << shift;
        rest = after;
        if byte & 0x80 == 0 {
            break;
        }
    }
    Some((length, rest))
}

fn wide_text(bytes: &[u8]) -> Option<(String, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let (text, rest) = rest.split_at_checked(length.checked_mul(2)?)?;
    let (units, _) = text.as_chunks::<2>();
    let units = units.iter().map(|unit| u16::from_le_bytes(*unit));
    let text: Result<String, _> = char::decode_utf16(units).collect();
    Some((text.ok()?, rest))
}

fn count(element: &BytesStart, name: &str) -> u32 {
    let text = attribute(element, name);
    text.and_then(|text| text.parse().ok()).unwrap_or(1).max(1)
}

fn is_collapsed(element: &BytesStart) -> bool {
    matches!(
        attribute(element, "visibility").as_deref(),
        Some("collapse" | "filter")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ods_tells_what_is_hidden_and_merged() {
        let content = r#"<office:document-content><table:table table:name="一月">
            <table:table-column/><table:table-column table:number-columns-repeated="2" table:visibility="collapse"/>
            <table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row>
            <table:table-row table:visibility="filter"><table:table-cell table:number-columns-repeated="2"/>
              <table:table-cell table:number-columns-spanned="2" table:number-rows-spanned="3"/><table:covered-table-cell/></table:table-row>
            <table:table-row table:number-rows-repeated="1048572" table:visibility="collapse"/>
            </table:table></office:document-content>"#;
        let expected = Extras {
            hidden_rows: vec![4],
            hidden_columns: vec![1, 2],
            merged: vec![merged_range((3, 2), (5, 3))],
        };
        assert_eq!(of_ods(content).get("一月"), Some(&expected));
    }

    #[test]
    fn records_of_an_xlsb_sheet() {
        let mut part = Vec::new();
        let mut record = |kind: &[u8], data: &[u8]| {
            part.extend_from_slice(kind);
            part.push(u8::try_from(data.len()).unwrap());
            part.extend_from_slice(data);
        };
        let words =
            |words: &[u32]| -> Vec<u8> { words.iter().flat_map(|w| w.to_le_bytes()).collect() };
        record(&[0x3c], &[words(&[2, 3, 0, 0]), vec![1, 0]].concat());
        record(&[0x00], &[words(&[6, 0]), vec![0, 0, 0, 0x10, 0]].concat());
        record(&[0x00], &[words(&[7, 0]), vec![0, 0, 0, 0, 0]].concat());
        record(&[0xb0, 0x01], &words(&[0, 1, 0, 2]));
        let expected = Extras {
            hidden_rows: vec![7],
            hidden_columns: vec![2, 3],
            merged: vec![merged_range((0, 0), (1, 2))],
        };
        assert_eq!(of_xlsb_sheet(&part), expected);
        part.truncate(part.len() - 3);
        assert_eq!(of_xlsb_sheet(&part).merged, []);
    }
}
