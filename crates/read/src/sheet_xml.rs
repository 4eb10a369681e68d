//! What the XML of an xlsx sheet says besides its cells: hidden columns and merged ranges; and the
//! few helpers that everything reading XML shares.

use channelflow_model::raw::MergedRange;
use memchr::memmem;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::reading::merged_range;
use crate::refusal::{Refusal, Result};

/// Columns a sheet can have.
const COLUMNS: u32 = 16_384;

/// Besides the cells.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Extras<'a> {
    pub(crate) hidden_columns: Vec<u32>,
    pub(crate) merged: Vec<MergedRange>,
    /// From `<sheetData` to its end.
    pub(crate) cells: &'a str,
}

/// Takes the XML of one sheet apart; a sheet that does not end is damaged.
pub(crate) fn extras(xml: &str) -> Result<Extras<'_>> {
    let start = memmem::find(xml.as_bytes(), b"<sheetData").unwrap_or(xml.len());
    let (head, rest) = xml.split_at_checked(start).unwrap_or((xml, ""));
    let end = match memmem::rfind(rest.as_bytes(), b"</sheetData") {
        Some(end) => end,
        // `<sheetData/>`
        None if rest.split('>').next().is_some_and(|tag| tag.ends_with('/')) => 0,
        None => return Err(Refusal::new("truncated")),
    };
    let (cells, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let mut extras = Extras {
        cells,
        ..Extras::default()
    };
    each_element(head, "col", |element| {
        if is_true(element, "hidden") {
            hide_columns(element, &mut extras.hidden_columns);
        }
    });
    each_element(tail, "mergeCell", |element| {
        extras
            .merged
            .extend(attribute(element, "ref").as_deref().and_then(range));
    });
    Ok(extras)
}

/// The text a character reference or one of the five entities of XML stands for.
pub(crate) fn resolve(entity: &BytesRef) -> Result<String> {
    if let Some(c) = entity.resolve_char_ref().map_err(Refusal::damaged)? {
        return Ok(c.to_string());
    }
    Ok(match entity.xml10_content().as_ref() {
        "lt" => "<",
        "gt" => ">",
        "amp" => "&",
        "quot" => "\"",
        "apos" => "'",
        "nbsp" => "\u{a0}",
        name => return Err(Refusal::damaged(format!("unknown entity &{name};"))),
    }
    .to_owned())
}

/// Value of an attribute by its local name.
pub(crate) fn attribute(element: &BytesStart, name: &str) -> Option<String> {
    let found = element
        .attributes()
        .with_checks(false)
        .flatten()
        .find(|attribute| attribute.key.local_name().as_ref() == name)?;
    found
        .normalized_value(XmlVersion::Implicit1_0)
        .ok()
        .map(std::borrow::Cow::into_owned)
}

/// Calls `visit` for every element of this local name in a piece of a document.
pub(crate) fn each_element(xml: &str, name: &str, mut visit: impl FnMut(&BytesStart)) {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    loop {
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) => {
                if element.local_name().as_ref() == name {
                    visit(&element);
                }
            }
            Ok(Event::Eof) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

pub(crate) fn is_true(element: &BytesStart, name: &str) -> bool {
    matches!(attribute(element, name).as_deref(), Some("1" | "true"))
}

fn hide_columns(element: &BytesStart, hidden: &mut Vec<u32>) {
    let number = |name| attribute(element, name).and_then(|text| text.parse::<u32>().ok());
    let (Some(first), Some(last)) = (number("min"), number("max")) else {
        return;
    };
    let last = last.min(COLUMNS);
    // Everything to the right of the data is often hidden; that says nothing about the data.
    if first >= 1 && last < COLUMNS && hidden.len() < COLUMNS as usize {
        hidden.extend((first..=last).map(|column| column - 1));
    }
}

/// `A1:C2` as a merged range.
fn range(text: &str) -> Option<MergedRange> {
    let (start, end) = text.split_once(':')?;
    Some(merged_range(cell(start)?, cell(end)?))
}

/// `B3` → row 2, column 1 (both from 0).
fn cell(text: &str) -> Option<(u32, u32)> {
    let letters = text.trim_start_matches('$');
    let split = letters.find(|c: char| !c.is_ascii_alphabetic())?;
    let (letters, row) = letters.split_at(split);
    let mut column: u32 = 0;
    for letter in letters.bytes() {
        let digit = u32::from(letter.to_ascii_uppercase() - b'A') + 1;
        column = column.checked_mul(26)?.checked_add(digit)?;
    }
    let row: u32 = row.trim_start_matches('$').parse().ok()?;
    Some((row.checked_sub(1)?, column.checked_sub(1)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_columns_and_merged_ranges_are_found() {
        let xml = r#"<worksheet><cols><col min="2" max="3" hidden="1"/><col min="9" max="16384" hidden="1"/></cols>
            <sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>
            <mergeCells count="1"><mergeCell ref="B2:$C$3"/></mergeCells></worksheet>"#;
        let found = extras(xml).unwrap();
        assert_eq!(found.hidden_columns, [1, 2]);
        assert_eq!(found.merged, [merged_range((1, 1), (2, 2))]);
        assert_eq!(
            found.cells,
            "<sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row>"
        );
        assert_eq!(
            extras("<worksheet><sheetData/></worksheet>")
                .unwrap()
                .merged,
            []
        );
        let cut = extras("<worksheet><sheetData><row r=\"1\">");
        assert_eq!(cut.unwrap_err().code(), "truncated");
    }
}
