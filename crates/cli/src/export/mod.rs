//! Flow records as files for people and tools: CSV, Excel, Parquet, from one list of columns.
//!
//! A text that a spreadsheet would take for a formula is written so that it stays a text: in CSV
//! with a leading `'`, in Excel by its cell type. Numbers are numbers and keep their sign. Excel is
//! read by people and shows words and days; CSV and Parquet are read by programs and hold codes.

mod columns;
mod csv_file;
mod parquet_file;
pub mod statement_xlsx;
mod xlsx_file;

use std::path::{Path, PathBuf};

use channelflow_model::{Lang, Sentence};
use channelflow_warehouse::FlowRow;
use rust_xlsxwriter::XlsxError;

pub use csv_file::write_aliases;

use crate::exit::{cannot, usage};

/// A file being written; it appears under its name only when finished.
pub struct Writer {
    kind: Kind,
    temporary: PathBuf,
    path: PathBuf,
}

enum Kind {
    Csv(Box<csv_file::CsvFile>),
    Xlsx(Box<xlsx_file::XlsxFile>),
    Parquet(Box<parquet_file::ParquetFile>),
}

impl Writer {
    /// Begins a file; its ending says the format.
    pub fn create(path: &Path, lang: Lang) -> anyhow::Result<Self> {
        let ending = path
            .extension()
            .map(|ending| ending.to_string_lossy().to_lowercase())
            .unwrap_or_default();
        let temporary = path.with_extension(format!("{ending}.part"));
        let refused = cannot("file_not_writable", path);
        let kind = match ending.as_str() {
            "csv" => Kind::Csv(Box::new(
                csv_file::CsvFile::create(&temporary).map_err(refused)?,
            )),
            "xlsx" => Kind::Xlsx(Box::new(xlsx_file::XlsxFile::create(lang)?)),
            "parquet" => Kind::Parquet(Box::new(
                parquet_file::ParquetFile::create(&temporary).map_err(refused)?,
            )),
            _ => {
                return Err(usage(
                    Sentence::new("no_ending").fact("path", path.display()),
                ));
            }
        };
        Ok(Writer {
            kind,
            temporary,
            path: path.to_owned(),
        })
    }

    /// Adds a row.
    pub fn write(&mut self, row: &FlowRow) -> anyhow::Result<()> {
        match &mut self.kind {
            Kind::Csv(file) => Ok(file
                .write(row)
                .map_err(cannot("file_not_writable", &self.path))?),
            Kind::Xlsx(file) => file.write(row),
            Kind::Parquet(file) => file.write(row),
        }
    }

    /// Ends the file and gives it its name.
    pub fn finish(self) -> anyhow::Result<()> {
        let refused = |error: &dyn std::fmt::Display| {
            Sentence::new("file_not_writable")
                .fact("path", self.path.display())
                .fact("io", error)
        };
        match self.kind {
            Kind::Csv(file) => file
                .finish()
                .map_err(cannot("file_not_writable", &self.path))?,
            Kind::Xlsx(file) => match file.finish(&self.temporary) {
                Err(XlsxError::IoError(error)) => {
                    return Err(cannot("file_not_writable", &self.path)(error).into());
                }
                finished => finished.map_err(|error| refused(&error))?,
            },
            Kind::Parquet(file) => file.finish().map_err(|error| refused(&error))?,
        }
        std::fs::rename(&self.temporary, &self.path)
            .map_err(cannot("file_not_writable", &self.path))?;
        Ok(())
    }
}
