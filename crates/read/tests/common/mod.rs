//! What the tests of this crate share: bytes in, lines of text out.
#![allow(dead_code, reason = "every test file uses a part")]

use std::io::Write as _;

use channelflow_model::RawTable;
use channelflow_read::{Limits, ReadOutcome, read_here};
use rust_xlsxwriter::Workbook;

/// Reads bytes as a file.
pub fn outcome(bytes: &[u8]) -> ReadOutcome {
    outcome_within(bytes, &Limits::default())
}

/// Reads bytes as a file, under limits.
pub fn outcome_within(bytes: &[u8], limits: &Limits) -> ReadOutcome {
    let file = file(bytes);
    read_here(file.path(), limits).unwrap()
}

/// A file with these bytes.
pub fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

/// The first table of a file that must be readable.
pub fn read(bytes: &[u8]) -> RawTable {
    let outcome = outcome(bytes);
    assert!(!outcome.refused, "{:?}", outcome.findings);
    outcome.tables.into_iter().next().unwrap()
}

/// The code with which a file is refused.
pub fn refused(bytes: &[u8]) -> String {
    code(&outcome(bytes))
}

/// The code of a refused file.
pub fn code(outcome: &ReadOutcome) -> String {
    assert!(outcome.refused && outcome.tables.is_empty(), "not refused");
    assert_eq!(outcome.findings.len(), 1);
    outcome.findings[0].code.to_string()
}

/// Every row as `number: Kind text | Kind text`.
pub fn lines(table: &RawTable) -> Vec<String> {
    let cells = |row: usize| -> Vec<String> {
        (0..table.columns.len())
            .map(|column| {
                let (kind, text) = table.cell(row, column);
                format!("{kind:?} {text}")
            })
            .collect()
    };
    (0..table.row_count())
        .map(|row| format!("{}: {}", table.row_numbers[row], cells(row).join(" | ")))
        .collect()
}

/// An xlsx from a few lines of code.
pub fn xlsx(fill: impl FnOnce(&mut Workbook)) -> Vec<u8> {
    let mut book = Workbook::new();
    fill(&mut book);
    book.save_to_buffer().unwrap()
}
