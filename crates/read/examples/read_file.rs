//! Reads one file as the program does, in a child process, and says how much it read:
//! `read_file FILE`. `scripts/bench` measures it from outside.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use channelflow_model::RawTable;
use channelflow_read::{Limits, child_main, read_in_child};

#[expect(clippy::print_stdout, reason = "an example that prints")]
fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let path = match arguments.as_slice() {
        [_, command, path, limits] if command == "read-child" => {
            return Ok(child_main(Path::new(path), limits));
        }
        [_, path] => Path::new(path),
        _ => return Err("usage: read_file FILE".into()),
    };
    let begun = Instant::now();
    let outcome = read_in_child(&std::env::current_exe()?, path, &Limits::default())?;
    if outcome.refused {
        return Err(format!("refused: {:?}", outcome.findings).into());
    }
    let rows: usize = outcome.tables.iter().map(RawTable::row_count).sum();
    let cells: usize = outcome
        .tables
        .iter()
        .map(|table| table.row_count() * table.columns.len())
        .sum();
    println!(
        "{rows} rows, {cells} cells, {:.3} seconds",
        begun.elapsed().as_secs_f64()
    );
    Ok(ExitCode::SUCCESS)
}
