//! Connections to one host and the pauses between requests.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod site;

use std::time::{Duration, Instant};

use futures::StreamExt;
use site::harness::{Visits, described, texts};
use site::{Knobs, Site};

const LINKS: &str = "[[list]]
name = '销售'
page = 'links?from={from}&to={to}'
columns = ['数量']
stated = { rows = '共{}条' }
next = { link = 'a.next' }
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_portals_on_one_host_share_its_connections() {
    let site = Site::start(Knobs {
        rows: 30,
        latency: Duration::from_millis(5),
        ..Knobs::default()
    })
    .await;
    let text = described(&site, LINKS).replace("connections = 4", "connections = 3");
    let visits = (0..40).map(|_| async {
        let visits = Visits::new();
        assert_eq!(texts(&visits.visit(&text).await).len(), 1);
    });
    futures::stream::iter(visits)
        .buffer_unordered(16)
        .collect::<Vec<_>>()
        .await;
    assert_eq!(site.connections.most(), 3);
    // And they are kept, not made anew for each of more than 200 requests.
    assert!(site.connections.all() < 10, "{}", site.connections.all());
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_to_one_host_keep_their_distance() {
    let site = Site::start(Knobs {
        rows: 30,
        ..Knobs::default()
    })
    .await;
    let text = described(&site, LINKS).replace("pause_ms = 0", "pause_ms = 40");
    let began = Instant::now();
    let visits = Visits::new();
    texts(&visits.visit(&text).await);
    let pauses = u32::try_from(site.asked() - 1).unwrap();
    assert!(began.elapsed() >= Duration::from_millis(40) * pauses);
}
