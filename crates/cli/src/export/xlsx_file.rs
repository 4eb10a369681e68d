//! Excel: one sheet, titles and our own words in the reader's language, texts typed as texts, days
//! as days.

use std::path::Path;

use channelflow_model::messages::{Lang, label, word};
use channelflow_model::{Day, Sentence};
use channelflow_warehouse::FlowRow;
use rust_xlsxwriter::{
    Color, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, XlsxError,
};

use super::columns::{COLUMNS, Value};
use crate::exit::usage;

/// Rows an Excel sheet can hold below its titles.
const MOST_ROWS: u32 = 1_048_575;

/// An Excel file being written, row by row in constant memory.
pub struct XlsxFile {
    workbook: Workbook,
    lang: Lang,
    yes: String,
    row: u32,
    decimal: Format,
    day: Format,
    number: Format,
}

impl XlsxFile {
    /// Begins the workbook with its titles.
    pub fn create(lang: Lang) -> anyhow::Result<Self> {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name("flow")?;
        sheet.set_freeze_panes(1, 0)?;
        sheet.set_landscape();
        sheet.set_repeat_rows(0, 0)?;
        let heading = Format::new()
            .set_bold()
            .set_background_color(Color::RGB(0x00E8_EDF3))
            .set_border_bottom(FormatBorder::Thin)
            .set_align(FormatAlign::VerticalCenter)
            .set_text_wrap();
        for (column, (name, _)) in (0_u16..).zip(COLUMNS) {
            let width = match width_of(name) {
                Width::Wide => 28,
                Width::Middle => 14,
                Width::Narrow => 9,
            };
            sheet.set_column_width(column, width)?;
            sheet.write_string_with_format(
                0,
                column,
                label(lang, &format!("flow_{name}")),
                &heading,
            )?;
        }
        Ok(XlsxFile {
            workbook,
            lang,
            yes: label(lang, "flow_yes"),
            row: 0,
            decimal: Format::new().set_num_format("#,##0.00####"),
            day: Format::new()
                .set_num_format("yyyy-mm-dd")
                .set_align(FormatAlign::Left),
            number: Format::new().set_align(FormatAlign::Left),
        })
    }

    /// Adds a row.
    pub fn write(&mut self, row: &FlowRow) -> anyhow::Result<()> {
        if self.row == MOST_ROWS {
            return Err(usage(Sentence::new("excel_full").fact("most", MOST_ROWS)));
        }
        self.row += 1;
        let sheet = self.workbook.worksheet_from_index(0)?;
        for (column, (_, value)) in (0_u16..).zip(COLUMNS) {
            match value(row) {
                Value::Text(text) if text.is_empty() => {}
                Value::Text(text) => {
                    sheet.write_string(self.row, column, text)?;
                }
                Value::Word(group, code) if !code.is_empty() => {
                    sheet.write_string(self.row, column, word(self.lang, group, code))?;
                }
                Value::Day(Some(day)) => match excel_day(day) {
                    Some(shown) => {
                        sheet.write_datetime_with_format(self.row, column, &shown, &self.day)?;
                    }
                    None => {
                        sheet.write_string(self.row, column, day.to_string())?;
                    }
                },
                // Beyond 15 digits a spreadsheet number would lie; such line numbers are texts.
                Value::Whole(Some(number)) if number.abs() < 1_000_000_000_000_000 => {
                    #[expect(clippy::cast_precision_loss, reason = "below 10^15 it is exact")]
                    sheet.write_number_with_format(
                        self.row,
                        column,
                        number as f64,
                        &self.number,
                    )?;
                }
                Value::Whole(Some(number)) => {
                    sheet.write_string(self.row, column, number.to_string())?;
                }
                Value::Decimal(Some(number)) => {
                    let shown: f64 = number.to_string().parse()?;
                    sheet.write_number_with_format(self.row, column, shown, &self.decimal)?;
                }
                Value::Flag(true) => {
                    sheet.write_string(self.row, column, &self.yes)?;
                }
                Value::Word(..)
                | Value::Day(None)
                | Value::Whole(None)
                | Value::Decimal(None)
                | Value::Flag(false) => {}
            }
        }
        Ok(())
    }

    /// Saves the workbook.
    pub fn finish(mut self, path: &Path) -> Result<(), XlsxError> {
        let last = u16::try_from(COLUMNS.len() - 1).unwrap_or(u16::MAX);
        self.workbook
            .worksheet_from_index(0)?
            .autofilter(0, 0, self.row, last)?;
        self.workbook.save(path)
    }
}

/// A day as Excel counts it; `None` before 1900, which Excel does not know.
pub fn excel_day(day: Day) -> Option<ExcelDateTime> {
    let year = u16::try_from(day.year()).ok()?;
    let month = u8::try_from(day.month()).ok()?;
    ExcelDateTime::from_ymd(year, month, u8::try_from(day.day()).ok()?).ok()
}

enum Width {
    Wide,
    Middle,
    Narrow,
}

fn width_of(name: &str) -> Width {
    match name {
        "distributor_name" | "customer_name" | "product_name" | "raw_customer" | "raw_product"
        | "file_name" | "detail" => Width::Wide,
        "kind"
        | "unit"
        | "base_unit"
        | "row_number"
        | "submission_id"
        | "is_return"
        | "is_gift"
        | "is_transfer"
        | "is_price_adjustment"
        | "is_late"
        | "is_reversal"
        | "status" => Width::Narrow,
        _ => Width::Middle,
    }
}
