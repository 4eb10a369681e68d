//! What is signed in with is planted, everything is written down as loudly as possible, and then
//! searched for it.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod site;

use std::io::Write;
use std::sync::{Arc, Mutex};

use channelflow_model::Lang;
use site::harness::{Visits, described};
use site::{Knobs, PASSWORD, Site, USER};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

const LISTS: &str = "[[list]]
name = '销售'
page = 'links?from={from}&to={to}&as={user}'
columns = ['单据日期', '数量']
stated = { rows = '共{}条' }
next = { link = 'a.next' }
[[list]]
name = '采购'
page = 'report.aspx'
export = '#link'
";

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_neither_logged_nor_landed_nor_said() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .init();
    let site = Site::start(Knobs {
        rows: 25,
        session: Some(3),
        ..Knobs::default()
    })
    .await;
    let visits = Visits::new();
    let mut said = String::new();
    let mut note = |sentence: &channelflow_model::Sentence| {
        said.push_str(&format!("{sentence:?}{sentence}"));
        said.push_str(&sentence.text(Lang::Zh));
        said.extend(sentence.hint(Lang::Zh));
    };
    let good = visits.collect(&site, LISTS).await;
    assert_eq!(good.arrivals.len(), 2, "{good:?}");
    visits.probe(&described(&site, LISTS)).await.unwrap();
    let redirects = ["http://10.0.0.1/?p={password}", "/nowhere"];
    for place in redirects {
        site.knobs.lock().unwrap().redirect =
            Some(place.replace("{password}", PASSWORD.split('&').next().unwrap()));
        let collection = visits.collect(&site, LISTS).await;
        note(&collection.failed.unwrap().sentence);
    }
    site.knobs.lock().unwrap().redirect = None;
    site.knobs.lock().unwrap().locked = true;
    let collection = visits.collect(&site, LISTS).await;
    note(&collection.failed.unwrap().sentence);
    // The same in a browser, whose driver logs every command.
    let script = "[[list]]\nname = '销售'\npage = 'open/script'\ncolumns = ['数量']\n";
    let page = described(&site, script)
        .replace("private = true", "private = true\nbrowser = true")
        .replace("login.aspx", "open/script")
        .replace("#out", "#nowhere")
        .replace("timeout_seconds = 5", "timeout_seconds = 3");
    let collection = visits.visit(&page).await;
    note(&collection.failed.unwrap().sentence);

    let logged = log.0.lock().unwrap().clone();
    let written = visits.everything_written();
    assert!(String::from_utf8_lossy(&logged).contains("portal answered"));
    assert!(String::from_utf8_lossy(&written).contains("单据日期"));
    for secret in [USER, PASSWORD, "p1anted", "秘密", "from=2026"] {
        for (place, bytes) in [
            ("log", &logged),
            ("landing", &written),
            ("said", &said.as_bytes().to_vec()),
        ] {
            let text = String::from_utf8_lossy(bytes);
            if let Some(at) = text.find(secret) {
                let start = text[..at]
                    .char_indices()
                    .rev()
                    .nth(200)
                    .map_or(0, |(at, _)| at);
                panic!("`{secret}` in {place}: {}", &text[start..at]);
            }
        }
    }
}
