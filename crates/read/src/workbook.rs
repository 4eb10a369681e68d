//! Workbooks through `calamine`: xlsb cell by cell, xls and ods by their used range.
//!
//! Hidden rows, hidden columns and merged ranges of ods and xlsb come from
//! [`sheet_extras`](crate::sheet_extras); of xls only merged ranges are known. Hidden sheets and
//! both date systems are known for all (ods has real dates). Not here: xlsx.

use std::io::Cursor;

use calamine::{
    Data, DataRef, Ods, OdsError, Range, Reader as _, SheetType, SheetVisible, Xls, XlsError,
    XlsOptions, Xlsb, XlsbError,
};
use channelflow_model::CellKind;

use crate::encoding;
use crate::number;
use crate::package::Package;
use crate::reading::{Reading, Sheet, merged_range};
use crate::refusal::{Refusal, Result};
use crate::sheet_extras;
use crate::table::{Grid, TableBuilder};

/// Reads every sheet of an xlsb.
pub(crate) fn read_xlsb(reading: &mut Reading, package: &Package) -> Result<()> {
    let mut book = Xlsb::new(Cursor::new(package.stored(|_| None)?)).map_err(xlsb_error)?;
    let epoch_1904 = book.has_1904_epoch();
    let mut known = sheet_extras::of_xlsb(package);
    for info in book.sheets_metadata().to_vec() {
        if !is_table(info.typ) {
            continue;
        }
        let name = &info.name;
        let mut table = reading.table();
        let mut fill = || -> Result<()> {
            let mut cells = book.worksheet_cells_reader(name).map_err(xlsb_error)?;
            while let Some(cell) = cells.next_cell().map_err(xlsb_error)? {
                let (row, column) = cell.get_position();
                set(&mut table, row, column, cell.get_value(), epoch_1904)?;
            }
            Ok(())
        };
        let outcome = fill();
        let grid = outcome
            .and_then(|()| table.finish())
            .map_err(|refusal| refusal.in_sheet(name))?;
        let extras = known.remove(name).unwrap_or_default();
        let sheet = Sheet {
            name: name.clone(),
            hidden: info.visible != SheetVisible::Visible,
            format: "xlsb".to_owned(),
            epoch_1904,
            merged: extras.merged,
            hidden_rows: extras.hidden_rows,
            hidden_columns: extras.hidden_columns,
        };
        reading.add(grid, sheet);
    }
    Ok(())
}

/// Reads every sheet of an xls, BIFF5 or BIFF8.
pub(crate) fn read_xls(reading: &mut Reading, bytes: &[u8]) -> Result<()> {
    let mut book = Xls::new(Cursor::new(bytes)).map_err(xls_error)?;
    if is_mistaken_for_latin(&mut book)? {
        let mut options = XlsOptions::default();
        options.force_codepage = Some(GBK);
        book = Xls::new_with_options(Cursor::new(bytes), options).map_err(xls_error)?;
    }
    let epoch_1904 = book.has_1904_epoch();
    for info in book.sheets_metadata().to_vec() {
        if !is_table(info.typ) {
            continue;
        }
        let name = &info.name;
        let values = book.worksheet_range(name).map_err(xls_error)?;
        let formulas = book.worksheet_formula(name).map_err(xls_error)?;
        let merged = book.merge_cells_by_sheet_name(name).unwrap_or_default();
        let grid = used_range(reading, &values, &formulas, epoch_1904)
            .map_err(|refusal| refusal.in_sheet(name))?;
        let sheet = Sheet {
            name: name.clone(),
            hidden: info.visible != SheetVisible::Visible,
            format: "xls".to_owned(),
            epoch_1904,
            merged: merged
                .iter()
                .map(|range| merged_range(range.start, range.end))
                .collect(),
            ..Sheet::default()
        };
        reading.add(grid, sheet);
    }
    Ok(())
}

/// Windows code page of simplified Chinese.
const GBK: u16 = 936;

/// Whether the texts of a BIFF5 workbook are hanzi that its code page record calls Western:
/// `¿Í»§Ãû³Æ` instead of `客户名称`.
fn is_mistaken_for_latin(book: &mut Xls<Cursor<&[u8]>>) -> Result<bool> {
    /// Bytes that are enough to tell.
    const ENOUGH: usize = 4 << 10;
    let mut bytes = Vec::new();
    for name in book.sheet_names() {
        let values = book.worksheet_range(&name).map_err(xls_error)?;
        for (_, _, value) in values.used_cells() {
            let Data::String(text) = value else {
                continue;
            };
            let (western, _, lossy) = encoding_rs::WINDOWS_1252.encode(text);
            if lossy {
                // A character of another script: the code page is right.
                return Ok(false);
            }
            if !western.is_ascii() {
                bytes.extend_from_slice(&western);
                bytes.push(b' ');
            }
            if bytes.len() > ENOUGH {
                return Ok(encoding::is_common_gb(&bytes));
            }
        }
    }
    Ok(encoding::is_common_gb(&bytes))
}

/// Reads every sheet of an ods.
pub(crate) fn read_ods(reading: &mut Reading, package: &Package) -> Result<()> {
    let mut book = Ods::new(Cursor::new(package.stored(|_| None)?)).map_err(ods_error)?;
    let mut known = sheet_extras::of_ods(package.text("content.xml").unwrap_or(""));
    for info in book.sheets_metadata().to_vec() {
        let name = &info.name;
        let values = book.worksheet_range(name).map_err(ods_error)?;
        let formulas = book.worksheet_formula(name).map_err(ods_error)?;
        let grid = used_range(reading, &values, &formulas, false)
            .map_err(|refusal| refusal.in_sheet(name))?;
        let extras = known.remove(name).unwrap_or_default();
        let sheet = Sheet {
            name: name.clone(),
            hidden: info.visible != SheetVisible::Visible,
            format: "ods".to_owned(),
            epoch_1904: false,
            merged: extras.merged,
            hidden_rows: extras.hidden_rows,
            hidden_columns: extras.hidden_columns,
        };
        reading.add(grid, sheet);
    }
    Ok(())
}

fn used_range(
    reading: &Reading,
    values: &Range<Data>,
    formulas: &Range<String>,
    epoch_1904: bool,
) -> Result<Grid> {
    let mut table = reading.table();
    let (top, left) = values.start().unwrap_or((0, 0));
    for (row, column, value) in values.used_cells() {
        let (row, column) = (offset(top, row), offset(left, column));
        // Strings of these formats have no identity worth remembering.
        if let Data::String(text) = value {
            table.text(row.saturating_add(1), column, CellKind::Text, text)?;
        } else {
            set(&mut table, row, column, &borrowed(value), epoch_1904)?;
        }
    }
    let (top, left) = formulas.start().unwrap_or((0, 0));
    for (row, column, formula) in formulas.used_cells() {
        let position = (offset(top, row), offset(left, column));
        let empty = matches!(values.get_value(position), None | Some(Data::Empty));
        if empty && !formula.is_empty() {
            without_value(&mut table, position.0, position.1)?;
        }
    }
    table.finish()
}

/// Sets a cell by position from 0.
pub(crate) fn set(
    table: &mut TableBuilder,
    row: u32,
    column: u32,
    value: &DataRef,
    epoch_1904: bool,
) -> Result<()> {
    let row = row.saturating_add(1);
    match value {
        DataRef::Empty => Ok(()),
        DataRef::SharedString(text) => table.shared(row, column, text),
        DataRef::String(text) => table.text(row, column, CellKind::Text, text),
        DataRef::Float(number) => table.number(row, column, *number),
        DataRef::Int(number) => integer(table, row, column, *number),
        DataRef::DateTime(date) => table.date(row, column, *date, epoch_1904),
        DataRef::Bool(true) => table.text(row, column, CellKind::Bool, "TRUE"),
        DataRef::Bool(false) => table.text(row, column, CellKind::Bool, "FALSE"),
        DataRef::Error(error) => table.text(row, column, CellKind::Error, &error.to_string()),
        DataRef::DateTimeIso(text) => match number::iso_date(text) {
            Some((kind, date)) => table.text(row, column, kind, &date),
            None => table.text(row, column, CellKind::Text, text),
        },
        DataRef::DurationIso(text) => match number::iso_duration(text) {
            Some(time) => table.text(row, column, CellKind::Time, &time),
            None => table.text(row, column, CellKind::Text, text),
        },
    }
}

pub(crate) fn without_value(table: &mut TableBuilder, row: u32, column: u32) -> Result<()> {
    let row = row.saturating_add(1);
    table.text(row, column, CellKind::FormulaWithoutValue, "")
}

fn integer(table: &mut TableBuilder, row: u32, column: u32, number: i64) -> Result<()> {
    match i32::try_from(number) {
        Ok(number) => table.number(row, column, f64::from(number)),
        Err(_) if number.unsigned_abs() < 1_000_000_000_000_000 => {
            table.text(row, column, CellKind::Number, &number.to_string())
        }
        Err(_) => table.text(row, column, CellKind::InexactNumber, &number.to_string()),
    }
}

fn borrowed(value: &Data) -> DataRef<'_> {
    match value {
        Data::Int(number) => DataRef::Int(*number),
        Data::Float(number) => DataRef::Float(*number),
        Data::String(text) => DataRef::SharedString(text),
        Data::Bool(flag) => DataRef::Bool(*flag),
        Data::DateTime(date) => DataRef::DateTime(*date),
        Data::DateTimeIso(text) => DataRef::DateTimeIso(text.clone()),
        Data::DurationIso(text) => DataRef::DurationIso(text.clone()),
        Data::Error(error) => DataRef::Error(error.clone()),
        Data::Empty => DataRef::Empty,
    }
}

fn offset(start: u32, index: usize) -> u32 {
    start.saturating_add(u32::try_from(index).unwrap_or(u32::MAX))
}

pub(crate) fn is_table(kind: SheetType) -> bool {
    matches!(kind, SheetType::WorkSheet | SheetType::MacroSheet)
}

fn xlsb_error(error: XlsbError) -> Refusal {
    match error {
        XlsbError::Password => Refusal::new("encrypted"),
        error => Refusal::damaged(error),
    }
}

fn xls_error(error: XlsError) -> Refusal {
    match error {
        XlsError::Password => Refusal::new("encrypted"),
        error => Refusal::damaged(error),
    }
}

fn ods_error(error: OdsError) -> Refusal {
    match error {
        OdsError::Password => Refusal::new("encrypted"),
        OdsError::CellLimitExceeded { requested, max } => {
            Refusal::over("too_many_cells", max).fact("found", requested)
        }
        error => Refusal::damaged(error),
    }
}
