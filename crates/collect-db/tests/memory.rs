//! Memory does not grow with the rows. Alone in its process, because the highest mark is measured.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may")]

mod common;

use common::{Source, account, failure};

/// Rows of about 150 bytes: 70 MiB.
const ROWS: u32 = 500_000;

/// The highest resident memory of this process so far, in MiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib / 1024
}

#[tokio::test]
async fn a_large_export_takes_little_memory() {
    for (engine, variable, query) in [
        (
            "postgresql",
            "CHANNELFLOW_TEST_POSTGRES",
            format!(
                "SELECT date '2026-03-01' AS d, n, repeat(md5(n::text), 4) AS t \
                 FROM generate_series(1, {ROWS}) n WHERE {{from}} < {{until}}"
            ),
        ),
        (
            "mysql",
            "CHANNELFLOW_TEST_MARIADB",
            format!(
                "SELECT date '2026-03-01' AS d, seq, repeat(md5(seq), 4) AS t \
                 FROM seq_1_to_{ROWS} WHERE {{from}} < {{until}}"
            ),
        ),
    ] {
        let account = account(variable);
        let text = format!(
            "{}[[resource]]\nname = \"销售\"\nwatermark = \"d\"\nfirst_day = \"2026-03-01\"\n\
             query = \"{query}\"\n",
            account.head(engine)
        );
        let source = Source::new(&text, &[("password", "channelflow")]);
        let collection = source.collect().await;
        assert_eq!(failure(&collection), "", "{:?}", collection.failed);
        let bytes = collection.arrivals.first().unwrap().artifact.bytes;
        assert!(bytes > 70_000_000, "{bytes}");
        assert!(peak() < 40, "{engine}: {} MiB", peak());
    }
}
