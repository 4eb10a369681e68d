//! Flow records as files for people and tools: CSV, Excel, Parquet, from one list of columns.
//!
//! A text that a spreadsheet would take for a formula is written so that it stays a text: in CSV
//! with a leading `'`, in Excel by its cell type. Numbers are numbers and keep their sign.

mod columns;
mod csv_file;
mod parquet_file;
mod xlsx_file;

use std::path::{Path, PathBuf};

use anyhow::Context;
use channelflow_model::Lang;
use channelflow_warehouse::FlowRow;

pub use csv_file::write_aliases;

use crate::exit::usage;

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
        let kind = match ending.as_str() {
            "csv" => Kind::Csv(Box::new(csv_file::CsvFile::create(&temporary)?)),
            "xlsx" => Kind::Xlsx(Box::new(xlsx_file::XlsxFile::create(lang)?)),
            "parquet" => Kind::Parquet(Box::new(parquet_file::ParquetFile::create(&temporary)?)),
            _ => {
                return Err(usage(
                    format!("`{}` has no ending that says a format", path.display()),
                    "name the file .csv, .xlsx or .parquet",
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
            Kind::Csv(file) => file.write(row),
            Kind::Xlsx(file) => file.write(row),
            Kind::Parquet(file) => file.write(row),
        }
    }

    /// Ends the file and gives it its name.
    pub fn finish(self) -> anyhow::Result<()> {
        match self.kind {
            Kind::Csv(file) => file.finish()?,
            Kind::Xlsx(file) => file.finish(&self.temporary)?,
            Kind::Parquet(file) => file.finish()?,
        }
        std::fs::rename(&self.temporary, &self.path)
            .with_context(|| format!("`{}` cannot be written", self.path.display()))
    }
}
