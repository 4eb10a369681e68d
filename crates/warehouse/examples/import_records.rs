//! How long importing many attributions takes, the first time and with a tenth of them changed:
//! `cargo run --release -p channelflow-warehouse --example import_records -- URL [ROWS]`.
//! The warehouse should be empty.

use std::error::Error;
use std::time::Instant;

use channelflow_model::Micros;
use channelflow_model::settlement::{Attribution, Span};
use channelflow_warehouse::{ImportMeta, Mode, NewRecord, RecordKind, Warehouse};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("no URL")?;
    let rows: usize = arguments.next().map_or(Ok(200_000), |rows| rows.parse())?;
    let warehouse = Warehouse::open(&url).await?;
    warehouse.migrate().await?;
    let meta = ImportMeta {
        file_name: "attribution.csv",
        sha256: "",
        by: "example",
        at: "2026-01-01T00:00:00Z",
    };
    for (what, changed_every) in [
        ("new", usize::MAX),
        ("a tenth changed", 10),
        ("as before", 10),
    ] {
        let records = (0..rows)
            .map(|number| {
                NewRecord::of(&Attribution {
                    customer_id: format!("C{number:07}"),
                    product_group: "G1".to_owned(),
                    post_id: "P1".to_owned(),
                    share: Micros(if number % changed_every == 1 {
                        500_000
                    } else {
                        1_000_000
                    }),
                    span: Span::ALWAYS,
                })
            })
            .collect();
        let begun = Instant::now();
        let done = warehouse
            .import_records(RecordKind::Attribution, records, &meta, Mode::Commit)
            .await?;
        eprintln!(
            "{what}: {} added, {} changed, {:.1} s",
            done.diff.added.len(),
            done.changed(),
            begun.elapsed().as_secs_f64()
        );
    }
    let begun = Instant::now();
    let read = warehouse.settings(None).await?.attribution.len();
    eprintln!("read back: {read}, {:.1} s", begun.elapsed().as_secs_f64());
    Ok(())
}
