//! What reading costs, against the bare library: `bench PROGRAM FILE`.
//!
//! `PROGRAM` is a binary with the hidden command `read-child` (`channelflow-read-child` will do).
//! Prints CPU seconds, of this process and its children, for reading in a child and, for an xlsx,
//! for a bare `calamine` loop over all cells.

use std::io::BufReader;
use std::path::Path;

use calamine::{Reader as _, Xlsx};
use channelflow_read::{Limits, read_here, read_in_child};

/// Runs per measurement; the median is shown.
const RUNS: usize = 5;

#[expect(clippy::print_stdout, reason = "an example that prints")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, program, file] = arguments.as_slice() else {
        return Err("usage: bench PROGRAM FILE".into());
    };
    let limits = Limits::default();
    let file = Path::new(file);
    let mut rows = 0;
    let child = median(|| {
        let outcome = read_in_child(Path::new(program), file, &limits)?;
        rows = outcome
            .tables
            .iter()
            .map(channelflow_model::RawTable::row_count)
            .sum();
        Ok(())
    })?;
    let here = median(|| {
        std::hint::black_box(read_here(file, &limits)?);
        Ok(())
    })?;
    println!("{rows} rows");
    println!("in a child   {child:.3} CPU s");
    println!("in process   {here:.3} CPU s");
    if file
        .extension()
        .is_some_and(|extension| extension == "xlsx")
    {
        let bare = median(|| bare(file))?;
        println!(
            "bare library {bare:.3} CPU s; child/bare {:.2}",
            bare / child
        );
    }
    Ok(())
}

/// All cells of all sheets, looked at and dropped.
fn bare(file: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let mut book = Xlsx::new(BufReader::new(std::fs::File::open(file)?))?;
    let mut cells = 0_u64;
    for name in book.sheet_names() {
        let mut reader = book.worksheet_cells_reader(&name)?;
        while let Some(cell) = reader.next_cell()? {
            cells += u64::from(cell.get_position().0 > 0);
        }
    }
    std::hint::black_box(cells);
    Ok(())
}

fn median(
    mut run: impl FnMut() -> Result<(), Box<dyn std::error::Error>>,
) -> Result<f64, Box<dyn std::error::Error>> {
    let mut costs = Vec::new();
    for _ in 0..RUNS {
        let before = cpu_seconds()?;
        run()?;
        costs.push(cpu_seconds()? - before);
    }
    costs.sort_by(f64::total_cmp);
    costs.get(RUNS / 2).copied().ok_or_else(|| "no runs".into())
}

/// User and system time of this process and of its finished children, from `/proc`.
fn cpu_seconds() -> Result<f64, Box<dyn std::error::Error>> {
    /// Clock ticks per second on every Linux we run on.
    const TICKS: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, after_name) = stat
        .rsplit_once(')')
        .ok_or("unknown format of /proc/self/stat")?;
    let fields = after_name.split_whitespace().skip(11).take(4);
    let mut ticks = 0.0;
    for field in fields {
        ticks += field.parse::<f64>()?;
    }
    Ok(ticks / TICKS)
}
