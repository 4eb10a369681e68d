//! Bytes to raw tables: workbook, delimited text, HTML table; every cell keeps its place.
//!
//! The content is recognised by its bytes, never by a name. [`read_in_child`] is how the program
//! reads: in a child process of the same binary, under the memory and time limits of [`Limits`],
//! so that a hostile workbook costs one refused file and never the run. [`read_here`] is the same
//! reading without the process. Not here: what a cell means, which row is a header, which sheet
//! is about sales.

mod archive;
mod cell_content;
mod cells;
mod child;
mod column;
mod delimited;
mod encoding;
mod html;
mod limits;
mod number;
mod package;
mod reading;
mod refusal;
mod sheet_extras;
mod sheet_xml;
mod sniff;
mod spreadsheet_ml;
mod table;
mod transfer;
mod workbook;
mod xlsx;

use std::fs::File;
use std::io::{self, Read as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use channelflow_model::{Finding, RawTable};

pub use child::{child_main, read_in_child};
pub use limits::Limits;

use encoding::Encoded;
use package::{Content, Package};
use reading::Reading;
use refusal::{Refusal, Result};
use sniff::{Kind, sniff};

/// What was read. A refused file has no tables and one finding of severity error that names the
/// cause.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadOutcome {
    /// Tables in the order of the file.
    pub tables: Vec<RawTable>,
    /// What was noticed.
    pub findings: Vec<Finding>,
    /// Whether the file is refused.
    pub refused: bool,
}

/// The machinery broke; nothing is known about the file.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be opened or read.
    #[error("cannot read `{}`", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The child process cannot be started or waited for.
    #[error("cannot run `{}`", program.display())]
    Child {
        /// The program.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Reads a file in this process. Memory and time are not limited here; everything else is.
pub fn read_here(path: &Path, limits: &Limits) -> std::result::Result<ReadOutcome, ReadError> {
    let failed = |source| ReadError::Open {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    if size > limits.artifact_bytes {
        return Ok(too_large(limits));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    let allowed = limits.artifact_bytes.saturating_add(1);
    file.take(allowed).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limits.artifact_bytes {
        return Ok(too_large(limits));
    }
    Ok(read_bytes(&bytes, limits))
}

impl ReadOutcome {
    fn refused(refusal: Refusal) -> Self {
        ReadOutcome {
            tables: Vec::new(),
            findings: vec![refusal.into_finding()],
            refused: true,
        }
    }
}

fn too_large(limits: &Limits) -> ReadOutcome {
    ReadOutcome::refused(Refusal::over(
        "too_large",
        format!("{} bytes", limits.artifact_bytes),
    ))
}

fn read_bytes(bytes: &[u8], limits: &Limits) -> ReadOutcome {
    // The libraries meet bytes that nobody has seen before; a panic of theirs is a damaged file.
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut reading = Reading::new(limits);
        dispatch(&mut reading, bytes)?;
        Ok(ReadOutcome {
            tables: reading.tables,
            findings: reading.findings,
            refused: false,
        })
    }));
    match outcome {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(refusal)) => ReadOutcome::refused(refusal),
        Err(_) => ReadOutcome::refused(Refusal::damaged("the reader gave up")),
    }
}

fn dispatch(reading: &mut Reading, bytes: &[u8]) -> Result<()> {
    match sniff(bytes) {
        Kind::Empty => Err(Refusal::new("empty_file")),
        Kind::EncryptedPackage => Err(Refusal::new("encrypted")),
        Kind::Unsupported(kind) => Err(Refusal::new("unsupported_type").fact("type", kind)),
        Kind::Gzip => archive::read_gzip(reading, bytes, dispatch),
        Kind::Zip => read_zip(reading, bytes),
        Kind::Xls => workbook::read_xls(reading, bytes),
        Kind::SpreadsheetMl => spreadsheet_ml::read(reading, Encoded::detect(bytes)),
        Kind::Html => html::read(reading, Encoded::detect(bytes)),
        Kind::Text => delimited::read(reading, Encoded::detect(bytes)),
    }
}

fn read_zip(reading: &mut Reading, bytes: &[u8]) -> Result<()> {
    let mut zip = package::open(bytes)?;
    let content = package::content(&mut zip);
    match content {
        Content::Foreign(kind) => Err(Refusal::new("unsupported_type").fact("type", kind)),
        Content::Archive if reading.nested => Err(Refusal::new("nested_archive")),
        Content::Archive => archive::read_zip(reading, &mut zip, dispatch),
        Content::Xlsx | Content::Xlsb | Content::Ods => {
            let package = Package::unpack(reading, &mut zip)?;
            match content {
                Content::Xlsb => workbook::read_xlsb(reading, &package),
                Content::Ods => workbook::read_ods(reading, &package),
                _ => xlsx::read(reading, &package),
            }
        }
    }
}
