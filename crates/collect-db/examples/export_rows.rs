//! What the benchmark of databases times: one visit to one source, in a process of its own.
//!
//! `export_rows DESCRIPTION LANDING TODAY`; the description may use `{password}`, which is read from
//! `CHANNELFLOW_BENCH_PASSWORD`. Prints the artifacts, their bytes and the highest resident memory.

#![allow(clippy::print_stdout, reason = "a bench prints")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use channelflow_collect::{Known, Landing, Visit};
use channelflow_config::{Description, Values};
use channelflow_model::Day;

type Failed = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, landing, today] = arguments.as_slice() else {
        return Err("export_rows DESCRIPTION LANDING TODAY".into());
    };
    let text = std::fs::read_to_string(file)?;
    let with = BTreeMap::from([(
        "password".to_owned(),
        "${CHANNELFLOW_BENCH_PASSWORD}".to_owned(),
    )]);
    let values = Values::resolve(&with, Path::new("."), &|name| std::env::var(name).ok())?;
    let collector = channelflow_collect_db::open(&Description {
        source: "bench",
        file: Path::new(file),
        text: &text,
        dir: Path::new("."),
        values: &values,
    })?;
    let visit = Visit {
        known: &Known::default(),
        landing: &Landing::new(Path::new(landing))?,
        today: Day::from_iso(today).ok_or("TODAY is a day, 2026-04-01")?,
        most_bytes: 256 << 20,
        stop: &Arc::new(AtomicBool::new(false)),
    };
    let collection = collector.collect(&visit).await;
    if let Some(error) = collection.failed {
        return Err(error.into());
    }
    let bytes: u64 = collection
        .arrivals
        .iter()
        .map(|one| one.artifact.bytes)
        .sum();
    let paths: Vec<String> = collection
        .arrivals
        .iter()
        .map(|one| format!("\"{}\"", one.artifact.path.display()))
        .collect();
    println!(
        "{{\"bytes\": {bytes}, \"peak_kib\": {}, \"artifacts\": [{}]}}",
        peak()?,
        paths.join(", ")
    );
    Ok(())
}

/// The highest resident memory of this process, in KiB.
fn peak() -> Result<u64, Failed> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(number.ok_or("no VmHWM")?.parse()?)
}
