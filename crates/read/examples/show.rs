//! Shows what is read from files: `show FILE…`. For trying things out.

use std::path::Path;

use channelflow_model::Lang;
use channelflow_read::{Limits, read_here};

#[expect(clippy::print_stdout, reason = "an example that prints")]
fn main() {
    for path in std::env::args().skip(1) {
        println!("== {path}");
        let outcome = match read_here(Path::new(&path), &Limits::default()) {
            Ok(outcome) => outcome,
            Err(error) => {
                println!("error: {error}");
                continue;
            }
        };
        for finding in &outcome.findings {
            println!(
                "{} {}: {}",
                finding.code,
                finding.place,
                finding.text(Lang::En)
            );
        }
        for table in &outcome.tables {
            println!(
                "-- [{}] {} rows × {} columns, {}, hidden {} rows {:?} columns {:?}, merged {}",
                table.sheet,
                table.row_count(),
                table.columns.len(),
                table.format,
                table.hidden,
                table.hidden_rows.iter().take(5).collect::<Vec<_>>(),
                table.hidden_columns.iter().take(5).collect::<Vec<_>>(),
                table.merged.len(),
            );
            for row in 0..table.row_count().min(8) {
                let cells: Vec<String> = (0..table.columns.len().min(16))
                    .map(|column| {
                        let (kind, text) = table.cell(row, column);
                        let short: String = text.chars().take(24).collect();
                        format!("{kind:?}({short})")
                    })
                    .collect();
                println!(
                    "{:>6} {}",
                    table.row_numbers.get(row).unwrap_or(&0),
                    cells.join(" ")
                );
            }
        }
    }
}
