//! The least that reading a workbook with calamine costs: all cells of all sheets, looked at and
//! dropped. `bare_calamine FILE`. `scripts/bench` measures it from outside.

use std::fs::File;
use std::io::BufReader;
use std::time::Instant;

use calamine::{Reader as _, Xlsx};

#[expect(clippy::print_stdout, reason = "an example that prints")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, path] = arguments.as_slice() else {
        return Err("usage: bare_calamine FILE".into());
    };
    let begun = Instant::now();
    let mut book = Xlsx::new(BufReader::new(File::open(path)?))?;
    let (mut rows, mut cells) = (0, 0_u64);
    for name in book.sheet_names() {
        let mut reader = book.worksheet_cells_reader(&name)?;
        let mut last = 0;
        while let Some(cell) = reader.next_cell()? {
            last = last.max(cell.get_position().0 + 1);
            cells += 1;
        }
        rows += last;
    }
    println!(
        "{rows} rows, {cells} cells, {:.3} seconds",
        begun.elapsed().as_secs_f64()
    );
    Ok(())
}
