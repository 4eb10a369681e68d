//! Any bytes are read or refused with a cause, within the limits, without a panic.
#![no_main]

use std::io::Write;

use channelflow_model::Severity;
use channelflow_read::{Limits, read_here};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let limits = Limits {
        expanded_bytes: 16 << 20,
        entry_bytes: 8 << 20,
        rows: 10_000,
        columns: 300,
        cells: 100_000,
        ..Limits::default()
    };
    let outcome = read_here(file.path(), &limits).unwrap();
    if outcome.refused {
        assert!(outcome.tables.is_empty());
        assert!(outcome.findings.iter().any(|finding| finding.severity == Severity::Error));
    }
    for table in &outcome.tables {
        assert!(table.columns.iter().all(|column| column.codes.len() == table.row_count()));
        assert!(table.row_numbers.is_sorted_by(|a, b| a < b));
    }
});
