//! How one row of a file was read, cell by cell: what `channelflow explain` shows.
//!
//! The row goes through the same readers as on loading; nothing is remembered between the two.

use channelflow_model::{CellKind, Field, Layout, RawTable};

use crate::column::Column;
use crate::date::DateCell;
use crate::number::{Number, Numbers};
use crate::read::{self, Sheet, SheetDates};
use crate::texts::tidy;
use crate::vocabulary::Vocabulary;
use crate::{FileContext, expiry, lot, sheet};

/// One mapped cell of a row and how it was read.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ExplainedCell {
    /// What the column means.
    pub field: Field,
    /// Its header as normalised; empty for a value from a label row.
    pub header: String,
    /// Column in the sheet, from 0.
    pub column: u32,
    /// What kind of cell it is.
    pub kind: CellKind,
    /// The original text.
    pub original: String,
    /// What it was read as; empty when it was not.
    pub value: String,
    /// By which rule: `text`, `cleaned`, `placeholder`, `number`, `date`, `ymd`, `month_end`, `section_label`, …
    pub rule: String,
}

/// Explains the row with this source number; empty when the row or the layout's header is not
/// there.
pub fn explain_row(
    table: &RawTable,
    layout: &Layout,
    row: u32,
    context: &FileContext<'_>,
    vocabulary: &Vocabulary,
) -> Vec<ExplainedCell> {
    let Some(row) = table.row_index(row) else {
        return Vec::new();
    };
    let Some(plan) = sheet::plan_as(table, layout, context, vocabulary) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    let Ok(sheet) = read::read(plan, context, vocabulary, &mut findings) else {
        return Vec::new();
    };
    sheet
        .columns
        .list
        .iter()
        .map(|column| {
            let (kind, original) = column.cell(row);
            let (value, rule) = explain(&sheet, column, row, context, vocabulary);
            let from_label = column.layout.header.is_empty();
            let filled = table.cell(row, column.position).1.is_empty() && !original.is_empty();
            ExplainedCell {
                field: column.layout.field,
                header: column.layout.header.clone(),
                column: crate::texts::index(column.position),
                kind,
                original: original.to_owned(),
                value,
                rule: match (from_label, filled) {
                    (true, _) => "section_label".to_owned(),
                    (false, true) => format!("{rule}, filled_down"),
                    (false, false) => rule,
                },
            }
        })
        .collect()
}

/// Value and rule of one cell.
fn explain(
    sheet: &Sheet<'_>,
    column: &Column<'_>,
    row: usize,
    context: &FileContext<'_>,
    vocabulary: &Vocabulary,
) -> (String, String) {
    let (kind, text) = column.cell(row);
    let field = column.layout.field;
    match field {
        Field::Date => date(sheet, column.code(row), kind),
        Field::Quantity => number(&sheet.quantity, column.code(row), kind),
        Field::Price | Field::PriceExTax | Field::Amount | Field::AmountExTax => {
            let chosen = [sheet.price.as_ref(), sheet.amount.as_ref()];
            match chosen.into_iter().flatten().find(|(own, _)| *own == field) {
                Some((_, numbers)) => number(numbers, column.code(row), kind),
                None => (String::new(), "not_used".to_owned()),
            }
        }
        Field::Expiry => {
            let epoch_1904 = sheet.plan.table.epoch_1904;
            let mfg = sheet.columns.get(Field::MfgDate).and_then(|column| {
                let (kind, text) = column.cell(row);
                expiry::mfg(kind, text, epoch_1904)
            });
            let found = expiry::read(kind, text, epoch_1904, vocabulary)
                .day(mfg, context.settings.expiry_month);
            match found.day {
                Some(day) => (day.to_string(), found.rule.to_owned()),
                None => unread(text),
            }
        }
        Field::MfgDate => match expiry::mfg(kind, text, sheet.plan.table.epoch_1904) {
            Some(day) => (day.to_string(), "day".to_owned()),
            None => unread(text),
        },
        Field::Lot => {
            let canonical = lot::canonical(&tidy(kind, text).0, vocabulary);
            let rule = match () {
                () if text.is_empty() => "empty",
                () if canonical.is_empty() => "placeholder",
                () if lot::is_damaged(kind, text) => "inexact",
                () if canonical == text => "text",
                () => "canonical",
            };
            (canonical, rule.to_owned())
        }
        _ => {
            let (tidied, _) = tidy(kind, text);
            let rule = match () {
                () if text.is_empty() => "empty",
                () if vocabulary.is_placeholder(&tidied) => {
                    return (String::new(), "placeholder".to_owned());
                }
                () if tidied == text => "text",
                () => "cleaned",
            };
            (tidied.into_owned(), rule.to_owned())
        }
    }
}

fn unread(text: &str) -> (String, String) {
    let rule = if text.is_empty() { "empty" } else { "not_read" };
    (String::new(), rule.to_owned())
}

fn date(sheet: &Sheet<'_>, code: u32, kind: CellKind) -> (String, String) {
    let SheetDates::Column(dates) = &sheet.dates else {
        return (String::new(), "not_used".to_owned());
    };
    let rule = match (kind, dates.order) {
        (CellKind::Date | CellKind::DateTime, _) => "date_cell",
        (CellKind::Number, _) => "day_number",
        (_, Some(order)) => order.as_str(),
        (_, None) => "date",
    };
    match dates.cells.get(code as usize) {
        Some(DateCell::Day(day)) => (day.to_string(), rule.to_owned()),
        Some(DateCell::Ambiguous(_)) => (String::new(), "ambiguous".to_owned()),
        None | Some(DateCell::Empty) => (String::new(), "empty".to_owned()),
        Some(_) => (String::new(), "not_read".to_owned()),
    }
}

fn number(numbers: &Numbers, code: u32, kind: CellKind) -> (String, String) {
    let rule = match kind {
        CellKind::Number => "number",
        _ if numbers.unit(code) != 0 => "text_with_unit",
        _ => "text_number",
    };
    match numbers.cell(code) {
        Number::Value(value) => {
            let unit = numbers.unit_name(numbers.unit(code));
            (
                format!("{value} {unit}").trim_end().to_owned(),
                rule.to_owned(),
            )
        }
        Number::Empty => (String::new(), "empty".to_owned()),
        Number::Bad | Number::Error | Number::FormulaWithoutValue => {
            (String::new(), "not_read".to_owned())
        }
    }
}
