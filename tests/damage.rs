//! Every sample, cut off at sixteen places and with bits flipped: read or refused with a named
//! cause, never a panic, never an abort that takes the run with it.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use std::path::{Path, PathBuf};

use channelflow_model::Severity;
use channelflow_read::{Limits, ReadOutcome, read_in_child};
use common::root;

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn samples() -> Vec<PathBuf> {
    let mut found = Vec::new();
    files(&root().join("samples/company/inbox"), &mut found);
    files(&root().join("samples/hostile"), &mut found);
    found.sort();
    assert!(found.len() > 50);
    found
}

/// A small deterministic generator: the same bits are flipped in every run.
fn next(state: &mut u64) -> usize {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*state >> 33).unwrap()
}

fn check(outcome: &ReadOutcome, what: &str) {
    let errors: Vec<_> = outcome
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .collect();
    if outcome.refused {
        assert!(outcome.tables.is_empty(), "{what}: refused and yet read");
        assert!(!errors.is_empty(), "{what}: refused without a cause");
        assert!(
            errors.iter().all(|finding| finding.code != "crashed"),
            "{what}: the reading process crashed"
        );
    }
}

fn read(bytes: &[u8], folder: &Path) -> ReadOutcome {
    let path = folder.join("damaged");
    std::fs::write(&path, bytes).unwrap();
    let limits = Limits {
        seconds: 20,
        memory_bytes: 1 << 30,
        ..Limits::default()
    };
    read_in_child(Path::new(env!("CARGO_BIN_EXE_channelflow")), &path, &limits).unwrap()
}

#[test]
fn cut_off_samples_are_read_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    for path in samples() {
        let bytes = std::fs::read(&path).unwrap();
        for part in (0..16).step_by(3) {
            let cut = bytes.len() * part / 16;
            let outcome = read(&bytes[..cut], folder.path());
            check(&outcome, &format!("{} cut at {cut}", path.display()));
        }
    }
}

#[test]
fn samples_with_flipped_bits_are_read_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = 20_260_305;
    for path in samples() {
        let original = std::fs::read(&path).unwrap();
        if original.is_empty() {
            continue;
        }
        for round in 0..4 {
            let mut bytes = original.clone();
            for _ in 0..=round * 8 {
                let at = next(&mut state) % bytes.len();
                bytes[at] ^= 1 << (next(&mut state) % 8);
            }
            check(
                &read(&bytes, folder.path()),
                &format!("{} round {round}", path.display()),
            );
        }
    }
}
