//! Parquet, in row groups of bounded size. Decimals are whole millionths (`quantity_micros`): exact
//! in every tool.

use std::fs::File;
use std::path::Path;

use channelflow_model::Day;
use channelflow_warehouse::FlowRow;
use polars::prelude::{Column, DataFrame, Int32Chunked, IntoColumn, NewChunkedArray, PlSmallStr};
use polars_io::parquet::write::{BatchedWriter, ParquetWriter};

use super::columns::{COLUMNS, Value};

/// Rows per group: large enough to compress well, small enough for little memory.
const GROUP: usize = 100_000;

/// A Parquet file being written.
pub struct ParquetFile {
    file: Option<File>,
    writer: Option<BatchedWriter<File>>,
    rows: Vec<Vec<Value>>,
}

impl ParquetFile {
    /// Begins the file.
    pub fn create(path: &Path) -> std::io::Result<Self> {
        let file = File::create(path)?;
        Ok(ParquetFile {
            file: Some(file),
            writer: None,
            rows: Vec::new(),
        })
    }

    /// Adds a row.
    pub fn write(&mut self, row: &FlowRow) -> anyhow::Result<()> {
        self.rows
            .push(COLUMNS.iter().map(|(_, value)| value(row)).collect());
        if self.rows.len() == GROUP {
            self.flush()
        } else {
            Ok(())
        }
    }

    /// Ends the file.
    pub fn finish(mut self) -> anyhow::Result<()> {
        if !self.rows.is_empty() || self.writer.is_none() {
            self.flush()?;
        }
        if let Some(writer) = &mut self.writer {
            writer.finish()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        let rows = std::mem::take(&mut self.rows);
        let columns: Vec<Column> = (0..COLUMNS.len()).map(|at| column(at, &rows)).collect();
        let frame = DataFrame::new(rows.len(), columns)?;
        let mut writer = match (self.writer.take(), self.file.take()) {
            (Some(writer), _) => writer,
            (None, Some(file)) => ParquetWriter::new(file).batched(frame.schema())?,
            (None, None) => return Ok(()),
        };
        writer.write_batch(&frame)?;
        self.writer = Some(writer);
        Ok(())
    }
}

/// One column of a group. The type follows from the column, not from the rows.
fn column(at: usize, rows: &[Vec<Value>]) -> Column {
    let name = COLUMNS.get(at).map_or("", |(name, _)| name);
    let values = rows.iter().filter_map(|row| row.get(at));
    match name {
        "line_id" | "submission_id" | "row_number" => {
            let numbers: Vec<Option<i64>> = values
                .map(|value| match value {
                    Value::Whole(number) => *number,
                    _ => None,
                })
                .collect();
            Column::new(name.into(), numbers)
        }
        "quantity" | "base_quantity" | "price" | "amount" => {
            let micros: Vec<Option<i64>> = values
                .map(|value| match value {
                    Value::Decimal(number) => number.map(|number| number.0),
                    _ => None,
                })
                .collect();
            Column::new(PlSmallStr::from_string(format!("{name}_micros")), micros)
        }
        "business_date" | "expiry" => {
            let days: Vec<Option<i32>> = values
                .map(|value| match value {
                    Value::Day(day) => day.and_then(days_since_1970),
                    _ => None,
                })
                .collect();
            Int32Chunked::from_iter_options(name.into(), days.into_iter())
                .into_date()
                .into_column()
        }
        name if name.starts_with("is_") => {
            let flags: Vec<bool> = values
                .map(|value| matches!(value, Value::Flag(true)))
                .collect();
            Column::new(name.into(), flags)
        }
        name => {
            let texts: Vec<&str> = values
                .map(|value| match value {
                    Value::Text(text) => text.as_str(),
                    Value::Word(_, code) => code,
                    _ => "",
                })
                .collect();
            Column::new(name.into(), texts)
        }
    }
}

/// What Parquet stores for a day.
fn days_since_1970(day: Day) -> Option<i32> {
    let epoch = Day::new(1970, 1, 1)?;
    i32::try_from(day.days_since(epoch)).ok()
}
