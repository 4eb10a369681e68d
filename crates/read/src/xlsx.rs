//! Workbooks in xlsx and xlsm.
//!
//! `calamine` reads the workbook, its strings and its styles; the cells are walked by
//! [`cells`](crate::cells). Neither strings nor styles of the library are public, so it is given
//! a sheet that uses every one of them once, and what it makes of that sheet is remembered.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Cursor;

use calamine::{
    DataRef, Reader as _, Sheet as SheetInfo, SheetVisible, Xlsx, XlsxCellReader, XlsxError,
};
use memchr::memmem;

use crate::cells::{self, Book, Style};
use crate::package::Package;
use crate::reading::{Reading, Sheet};
use crate::refusal::{Refusal, Result};
use crate::sheet_xml;
use crate::table::TableBuilder;
use crate::workbook;

type Workbook = Xlsx<Cursor<Vec<u8>>>;

/// Reads every sheet.
pub(crate) fn read(reading: &mut Reading, package: &Package) -> Result<()> {
    let paths = sheet_paths(package);
    let mut parts = HashMap::new();
    for (name, path) in &paths {
        if let Some(xml) = package.text(path).filter(|xml| cells::is_plain(xml)) {
            parts.insert(name.as_str(), xml);
        }
    }
    if !paths.is_empty() && parts.len() == paths.len() {
        read_plain(reading, package, &paths, &parts)
    } else {
        read_by_library(reading, package)
    }
}

fn read_plain(
    reading: &mut Reading,
    package: &Package,
    paths: &HashMap<String, String>,
    parts: &HashMap<&str, &str>,
) -> Result<()> {
    let probe = probe(package);
    let is_sheet = |name: &str| {
        paths
            .values()
            .any(|path| path.trim_start_matches('/').eq_ignore_ascii_case(name))
    };
    let stored = package.stored(|name| is_sheet(name).then(|| probe.clone().into_bytes()))?;
    let mut book: Workbook = Xlsx::new(Cursor::new(stored)).map_err(xlsx_error)?;
    let epoch_1904 = book.has_1904_epoch();
    let sheets = book.sheets_metadata().to_vec();
    let first = sheets.iter().find(|info| paths.contains_key(&info.name));
    let Some(first) = first.map(|info| info.name.clone()) else {
        return Err(Refusal::damaged("the workbook has no sheet"));
    };
    let mut reader = book.worksheet_cells_reader(&first).map_err(xlsx_error)?;
    let (styles, strings) = answers(&mut reader)?;
    let book = Book {
        strings: &strings,
        styles: &styles,
        epoch_1904,
    };
    for info in &sheets {
        let Some(xml) = parts.get(info.name.as_str()) else {
            continue;
        };
        if !workbook::is_table(info.typ) {
            continue;
        }
        let named = |refusal: Refusal| refusal.in_sheet(&info.name);
        let extras = sheet_xml::extras(xml).map_err(named)?;
        let mut table = reading.table();
        let hidden_rows = cells::read(extras.cells, &book, &mut table).map_err(named)?;
        let grid = table.finish().map_err(named)?;
        let sheet = Sheet {
            merged: extras.merged,
            hidden_columns: extras.hidden_columns,
            hidden_rows,
            ..facts(info, epoch_1904)
        };
        reading.add(grid, sheet);
    }
    Ok(())
}

/// A sheet with one cell per style in its first row and one per string in its first column.
fn probe(package: &Package) -> String {
    let count = |path: &str, needle: &[u8]| {
        package
            .part_ending(path)
            .map_or(0, |part| memmem::find_iter(part, needle).count())
    };
    let strings = match count("sharedStrings.xml", b"</si>") {
        // With a namespace prefix; both ends are counted.
        0 => count("sharedStrings.xml", b"si>"),
        closed => closed,
    };
    let strings = strings + count("sharedStrings.xml", b"si/>");
    let mut xml = String::from("<worksheet><sheetData><row r=\"1\">");
    // Writing to a string does not fail. More cells than styles and strings do no harm.
    for style in 0..count("styles.xml", b"xf ").max(1) {
        let _ = write!(xml, "<c s=\"{style}\"><v>1</v></c>");
    }
    xml.push_str("</row><row r=\"2\">");
    for string in 0..strings {
        let _ = write!(xml, "<c t=\"s\"><v>{string}</v></c>");
    }
    xml.push_str("</row></sheetData></worksheet>");
    xml
}

/// What the library made of the probe.
fn answers<'a>(
    reader: &mut XlsxCellReader<'a, Cursor<Vec<u8>>>,
) -> Result<(Vec<Style>, Vec<&'a str>)> {
    let (mut styles, mut strings) = (Vec::new(), Vec::new());
    // It stops with an error at the first string there is not.
    while let Ok(Some(cell)) = reader.next_cell() {
        match *cell.get_value() {
            DataRef::SharedString(text) => strings.push(text),
            DataRef::DateTime(date) if date.is_duration() => styles.push(Style::Duration),
            DataRef::DateTime(_) => styles.push(Style::Date),
            DataRef::Float(_) => styles.push(Style::Number),
            _ => return Err(Refusal::damaged("styles or strings cannot be read")),
        }
    }
    Ok((styles, strings))
}

/// Sheets written in a manner only the library knows. Hidden rows, hidden columns and merged ranges
/// are not known then.
fn read_by_library(reading: &mut Reading, package: &Package) -> Result<()> {
    let stored = package.stored(|_| None)?;
    let mut book: Workbook = Xlsx::new(Cursor::new(stored)).map_err(xlsx_error)?;
    let epoch_1904 = book.has_1904_epoch();
    for info in book.sheets_metadata().to_vec() {
        if !workbook::is_table(info.typ) {
            continue;
        }
        let mut table = reading.table();
        let outcome = match book.worksheet_cells_reader(&info.name) {
            Ok(mut cells) => fill(&mut table, &mut cells, epoch_1904),
            Err(XlsxError::NotAWorksheet(_)) => continue,
            Err(error) => Err(xlsx_error(error)),
        };
        let grid = outcome
            .and_then(|()| table.finish())
            .map_err(|refusal| refusal.in_sheet(&info.name))?;
        reading.add(grid, facts(&info, epoch_1904));
    }
    Ok(())
}

fn fill(
    table: &mut TableBuilder,
    cells: &mut XlsxCellReader<'_, Cursor<Vec<u8>>>,
    epoch_1904: bool,
) -> Result<()> {
    while let Some(cell) = cells
        .next_cell_with_formula_metadata()
        .map_err(xlsx_error)?
    {
        let (row, column) = cell.pos;
        if matches!(cell.value, DataRef::Empty) && cell.formula.is_some() {
            workbook::without_value(table, row, column)?;
        } else {
            workbook::set(table, row, column, &cell.value, epoch_1904)?;
        }
    }
    Ok(())
}

fn facts(info: &SheetInfo, epoch_1904: bool) -> Sheet {
    Sheet {
        name: info.name.clone(),
        hidden: info.visible != SheetVisible::Visible,
        format: "xlsx".to_owned(),
        epoch_1904,
        ..Sheet::default()
    }
}

/// Path of each sheet's part by its name.
fn sheet_paths(package: &Package) -> HashMap<String, String> {
    let mut book = "xl/workbook.xml".to_owned();
    sheet_xml::each_element(
        package.text("_rels/.rels").unwrap_or(""),
        "Relationship",
        |e| {
            let kind = sheet_xml::attribute(e, "Type").unwrap_or_default();
            if kind.ends_with("/officeDocument")
                && let Some(target) = sheet_xml::attribute(e, "Target")
            {
                target.trim_start_matches('/').clone_into(&mut book);
            }
        },
    );
    let (folder, file) = book.rsplit_once('/').unwrap_or(("", &book));
    let mut targets = HashMap::new();
    let relations = format!("{folder}/_rels/{file}.rels");
    sheet_xml::each_element(
        package.text(&relations).unwrap_or(""),
        "Relationship",
        |e| {
            let id = sheet_xml::attribute(e, "Id");
            let is_sheet =
                sheet_xml::attribute(e, "Type").is_some_and(|t| t.ends_with("/worksheet"));
            if let (true, Some(id), Some(target)) =
                (is_sheet, id, sheet_xml::attribute(e, "Target"))
            {
                let path = match target.strip_prefix('/') {
                    Some(absolute) => absolute.to_owned(),
                    None => format!("{folder}/{target}"),
                };
                targets.insert(id, path);
            }
        },
    );
    let mut paths = HashMap::new();
    sheet_xml::each_element(package.text(&book).unwrap_or(""), "sheet", |e| {
        let name = sheet_xml::attribute(e, "name");
        let path = sheet_xml::attribute(e, "id").and_then(|id| targets.get(&id).cloned());
        if let (Some(name), Some(path)) = (name, path) {
            paths.entry(name).or_insert(path);
        }
    });
    paths
}

fn xlsx_error(error: XlsxError) -> Refusal {
    match error {
        XlsxError::Password => Refusal::new("encrypted"),
        error => Refusal::damaged(error),
    }
}

#[cfg(test)]
mod tests {
    use channelflow_model::RawTable;
    use rust_xlsxwriter::{Format, Workbook as Writer};

    use super::*;
    use crate::limits::Limits;
    use crate::package;

    fn cells(table: &RawTable) -> Vec<(u32, usize, String)> {
        let mut cells = Vec::new();
        for (index, row) in table.row_numbers.iter().enumerate() {
            for position in 0..table.columns.len() {
                let (kind, text) = table.cell(index, position);
                cells.push((*row, position, format!("{kind:?} {text}")));
            }
        }
        cells
    }

    #[test]
    fn the_walk_over_the_cells_and_the_library_agree() {
        let mut writer = Writer::new();
        for epoch in 0..2 {
            let sheet = writer.add_worksheet();
            for row in 0..200_u32 {
                let formats = [
                    "0.00",
                    "yyyy-mm-dd",
                    "[h]:mm",
                    "h:mm",
                    "yyyy\"年\"m\"月\"",
                    "@",
                    "[Red]0",
                ];
                let format = Format::new().set_num_format(formats[row as usize % formats.len()]);
                let number = f64::from(row * row) * 7.3 + f64::from(epoch) / 3.0;
                sheet
                    .write_with_format(row * 2, 0, number, &format)
                    .unwrap();
                sheet
                    .write(row * 2, 1, format!(" 客户 <{}> & \"x\" ", row % 9))
                    .unwrap();
                sheet.write(row * 2, 3, row % 2 == 0).unwrap();
                sheet
                    .write(row * 2, 7, f64::from(row) * 1e12 + 0.1)
                    .unwrap();
            }
        }
        let bytes = writer.save_to_buffer().unwrap();
        let limits = Limits::default();
        let mut zip = package::open(&bytes).unwrap();
        let mut walked = Reading::new(&limits);
        let unpacked = Package::unpack(&mut walked, &mut zip).unwrap();
        read(&mut walked, &unpacked).unwrap();
        let mut library = Reading::new(&limits);
        read_by_library(&mut library, &unpacked).unwrap();
        assert_eq!(walked.tables.len(), 2);
        for (walked, library) in walked.tables.iter().zip(&library.tables) {
            assert_eq!(cells(walked), cells(library));
            assert_eq!(walked.row_count(), 200);
        }
    }
}
