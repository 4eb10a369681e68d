//! Excel: one sheet, titles in the reader's language, texts typed as texts.

use std::path::Path;

use anyhow::Context;
use channelflow_model::messages::{Lang, label};
use channelflow_warehouse::FlowRow;
use rust_xlsxwriter::{Color, Format, Workbook};

use super::columns::{COLUMNS, Value};
use crate::exit::usage;

/// Rows an Excel sheet can hold below its titles.
const MOST_ROWS: u32 = 1_048_575;

/// An Excel file being written, row by row in constant memory.
pub struct XlsxFile {
    workbook: Workbook,
    row: u32,
    decimal: Format,
}

impl XlsxFile {
    /// Begins the workbook with its titles.
    pub fn create(lang: Lang) -> anyhow::Result<Self> {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name("flow")?;
        sheet.set_freeze_panes(1, 0)?;
        let heading = Format::new()
            .set_bold()
            .set_background_color(Color::RGB(0x00E8_EDF3))
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
        let decimal = Format::new().set_num_format("#,##0.00####");
        Ok(XlsxFile {
            workbook,
            row: 0,
            decimal,
        })
    }

    /// Adds a row.
    pub fn write(&mut self, row: &FlowRow) -> anyhow::Result<()> {
        if self.row == MOST_ROWS {
            return Err(usage(
                format!("an Excel sheet holds at most {MOST_ROWS} rows"),
                "narrow the export with --period or --distributor, or write .csv or .parquet",
            ));
        }
        self.row += 1;
        let sheet = self.workbook.worksheet_from_index(0)?;
        for (column, (_, value)) in (0_u16..).zip(COLUMNS) {
            match value(row) {
                Value::Text(text) if text.is_empty() => {}
                Value::Text(text) => {
                    sheet.write_string(self.row, column, text)?;
                }
                // Beyond 15 digits a spreadsheet number would lie; such line numbers are texts.
                Value::Whole(Some(number)) if number.abs() < 1_000_000_000_000_000 => {
                    #[expect(clippy::cast_precision_loss, reason = "below 10^15 it is exact")]
                    sheet.write_number(self.row, column, number as f64)?;
                }
                Value::Whole(Some(number)) => {
                    sheet.write_string(self.row, column, number.to_string())?;
                }
                Value::Decimal(Some(number)) => {
                    let shown: f64 = number.to_string().parse()?;
                    sheet.write_number_with_format(self.row, column, shown, &self.decimal)?;
                }
                Value::Flag(true) => {
                    sheet.write_number(self.row, column, 1)?;
                }
                Value::Whole(None) | Value::Decimal(None) | Value::Flag(false) => {}
            }
        }
        Ok(())
    }

    /// Saves the workbook.
    pub fn finish(mut self, path: &Path) -> anyhow::Result<()> {
        let last = u16::try_from(COLUMNS.len() - 1)?;
        self.workbook
            .worksheet_from_index(0)?
            .autofilter(0, 0, self.row, last)?;
        self.workbook
            .save(path)
            .with_context(|| format!("`{}` cannot be written", path.display()))
    }
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
        | "row"
        | "is_return"
        | "is_gift"
        | "is_transfer"
        | "is_price_adjustment"
        | "is_late"
        | "status" => Width::Narrow,
        _ => Width::Middle,
    }
}
