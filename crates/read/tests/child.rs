//! Reading in a child process: the same outcome, and every way a child can end.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics has failed"
)]

mod common;

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use channelflow_read::{Limits, ReadError, read_here, read_in_child};
use common::{code, file, xlsx};
use rust_xlsxwriter::Workbook;

const PROGRAM: &str = env!("CARGO_BIN_EXE_channelflow-read-child");

/// A program that ignores its arguments and does this instead.
fn script(folder: &Path, body: &str) -> PathBuf {
    let path = folder.join("program");
    std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn code_of_script(body: &str, limits: &Limits) -> String {
    let folder = tempfile::tempdir().unwrap();
    let csv = file(b"a,b\n1,2\n");
    code(&read_in_child(&script(folder.path(), body), csv.path(), limits).unwrap())
}

#[test]
fn a_child_reads_the_same() {
    let book = xlsx(|book: &mut Workbook| {
        let sheet = book.add_worksheet();
        for row in 0..70_000_u32 {
            sheet.write(row, 0, format!("单据{row}")).unwrap();
            sheet.write(row, 1, row % 300).unwrap();
            sheet.write(row, 3, "盒").unwrap();
        }
    });
    let limits = Limits::default();
    for bytes in [book.as_slice(), b"a,b\n1,2\n3\n", b"%PDF", b""] {
        let file = file(bytes);
        let child = read_in_child(Path::new(PROGRAM), file.path(), &limits).unwrap();
        assert_eq!(child, read_here(file.path(), &limits).unwrap());
    }
}

#[test]
fn too_little_memory_is_a_refused_file() {
    let limits = Limits {
        memory_bytes: 64 << 20,
        ..Limits::default()
    };
    let csv = file("日期,客户,数量\n".repeat(4_500_000).as_bytes());
    let found = read_in_child(Path::new(PROGRAM), csv.path(), &limits).unwrap();
    assert_eq!(code(&found), "out_of_memory");
}

#[test]
fn every_end_of_a_child_has_its_code() {
    let limits = Limits {
        seconds: 1,
        ..Limits::default()
    };
    let start = Instant::now();
    assert_eq!(code_of_script("exec sleep 60", &limits), "timed_out");
    assert!(start.elapsed().as_secs() < 10);
    assert_eq!(code_of_script("kill -XCPU $$", &limits), "timed_out");
    assert_eq!(code_of_script("kill -SEGV $$", &limits), "crashed");
    assert_eq!(code_of_script("exit 0", &limits), "crashed");
    assert_eq!(code_of_script("echo garbage; exit 1", &limits), "crashed");
    assert_eq!(
        code_of_script(
            "echo memory allocation of 9 bytes failed >&2; kill -ABRT $$",
            &limits
        ),
        "out_of_memory"
    );
    let endless = code_of_script("exec cat /dev/zero", &limits);
    assert!(
        matches!(endless.as_str(), "crashed" | "timed_out"),
        "{endless}"
    );
}

#[test]
fn what_is_not_about_the_file_is_an_error() {
    let limits = Limits::default();
    let missing = read_in_child(Path::new(PROGRAM), Path::new("/no/such/file"), &limits);
    assert!(matches!(missing, Err(ReadError::Open { .. })));
    let csv = file(b"a,b\n");
    let nothing = read_in_child(Path::new("/no/such/program"), csv.path(), &limits);
    assert!(matches!(nothing, Err(ReadError::Child { .. })));
}
