//! Visits 300 portals of 10 pages each on one host that answers after 50 ms, 16 at once, and prints
//! what that took as JSON: `three_hundred [SOURCES]`. `scripts/bench portals` runs it.
//!
//! Every source signs in, asks, turns its pages and lands one file. The ideal time is that of all
//! requests, one after the other, divided by 16.

#![allow(clippy::unwrap_used, reason = "it measures a test site")]

#[path = "../tests/site/mod.rs"]
mod site;

use std::time::{Duration, Instant};

use futures::StreamExt;
use site::harness::{SIGN_IN, Visits, texts};
use site::{Knobs, Site};

/// Sources visited at the same time, and connections to the host.
const AT_ONCE: usize = 16;

/// Before each answer.
const LATENCY: Duration = Duration::from_millis(50);

/// Ten pages of ten rows.
const ROWS: usize = 100;

const LIST: &str = "[[list]]
name = '销售'
page = 'links?from={from}&to={to}'
columns = ['单据日期', '客户名称', '商品名称', '数量']
stated = { rows = '共{}条' }
next = { link = 'a.next' }
";

#[tokio::main]
#[expect(clippy::print_stdout, reason = "an example that prints")]
async fn main() {
    let sources = std::env::args().nth(1).map(|count| count.parse().unwrap());
    let sources: usize = sources.unwrap_or(300);
    let site = Site::start(Knobs {
        latency: LATENCY,
        rows: ROWS,
        ..Knobs::default()
    })
    .await;
    let text = format!(
        "url = '{}'\nprivate = true\n[pace]\nconnections = {AT_ONCE}\npause_ms = 0\n{SIGN_IN}\n{LIST}",
        site.url
    );
    let all = Visits::new();
    let began = Instant::now();
    let visits = (0..sources).map(|_| async {
        let collection = all.visit(&text).await;
        assert_eq!(texts(&collection).len(), 1);
        collection
            .arrivals
            .first()
            .map(|arrival| arrival.artifact.bytes)
    });
    let visits = futures::stream::iter(visits).buffer_unordered(AT_ONCE);
    let landed: Vec<_> = visits.collect().await;
    let seconds = began.elapsed().as_secs_f64();
    let whole = u64::try_from(site::pages::csv(ROWS).len()).unwrap();
    assert!(landed.iter().all(|bytes| *bytes == Some(whole)));
    let requests = u32::try_from(site.asked()).unwrap();
    let at_once = u32::try_from(AT_ONCE).unwrap();
    let ideal = LATENCY.as_secs_f64() * f64::from(requests) / f64::from(at_once);
    println!(
        "{}",
        serde_json::json!({
            "sources": sources,
            "requests": requests,
            "seconds": seconds,
            "ideal": ideal,
            "ratio": seconds / ideal,
            "at_once": AT_ONCE,
            "connections_most": site.connections.most(),
            "connections_all": site.connections.all(),
        })
    );
}
