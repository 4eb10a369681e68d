//! Everything that can be wrong with a portal: nothing of it lands, and what is said tells why.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod site;

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use channelflow_collect::Failure;
use site::harness::{PACE, Visits, described, failed, texts};
use site::pages::csv;
use site::{Knobs, Site};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const LINKS: &str = "[[list]]
name = '销售'
page = 'links?from={from}&to={to}'
columns = ['单据日期', '数量']
stated = { rows = '共{}条' }
next = { link = 'a.next' }
";

fn rows(rows: usize) -> Knobs {
    Knobs {
        rows,
        ..Knobs::default()
    }
}

/// A server that sends these bytes to whoever connects, and how often it was asked.
async fn raw(
    bytes: Vec<u8>,
    endless: bool,
) -> (String, std::sync::Arc<std::sync::atomic::AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.2.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = std::sync::Arc::clone(&asked);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let bytes = bytes.clone();
            let count = std::sync::Arc::clone(&count);
            tokio::spawn(async move {
                let mut request = [0; 4_096];
                let _ = stream.read(&mut request).await;
                count.fetch_add(1, Ordering::Relaxed);
                let _ = stream.write_all(&bytes).await;
                while endless && stream.write_all(b"<tr><td>x</td></tr>").await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            });
        }
    });
    (format!("http://{address}/"), asked)
}

fn plain(url: &str, list: &str) -> String {
    format!("url = '{url}'\nprivate = true\n{PACE}\n{list}")
}

const TABLE: &str = "[[list]]\nname = '销售'\npage = 'x?{from}'\ncolumns = ['数量']\n";
const EXPORT: &str = "[[list]]\nname = '销售'\npage = 'x?{from}'\nexport = 'answer'\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_cut_in_the_middle_is_tried_again_and_lands_nothing() {
    let half = "<html><table><tr><th>数量</th></tr><tr><td>1</td></tr>";
    let long = format!("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{half}");
    let chunked = format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{half}\r\n",
        half.len()
    );
    // Without a length the end of the connection is the end of the page.
    let open = format!("HTTP/1.1 200 OK\r\n\r\n{half}");
    for (bytes, list, code, attempts) in [
        (&long, TABLE, "portal_cut", 3),
        (&long, EXPORT, "portal_cut", 3),
        (&chunked, TABLE, "portal_cut", 3),
        (&open, TABLE, "portal_half_page", 2),
        (&open, EXPORT, "portal_half_page", 3),
        (&String::new(), TABLE, "portal_unreachable", 3),
    ] {
        let (url, asked) = raw(bytes.clone().into_bytes(), false).await;
        let visits = Visits::new();
        let collection = visits.visit(&plain(&url, list)).await;
        assert_eq!(failed(&collection).0, code, "{bytes}");
        assert_eq!(collection.failed.unwrap().failure, Failure::Transient);
        assert_eq!(asked.load(Ordering::Relaxed), attempts, "{bytes}");
        assert_eq!(visits.landed(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_never_ends_is_bounded_in_time_and_bytes() {
    let head = "HTTP/1.1 200 OK\r\n\r\n<table><tr><th>数量</th></tr>";
    let (url, _) = raw(head.as_bytes().to_vec(), true).await;
    let mut visits = Visits::new();
    let short = plain(&url, TABLE)
        .replace("timeout_seconds = 5", "timeout_seconds = 1")
        .replace("retries = 2", "retries = 0");
    let began = Instant::now();
    let (code, said) = failed(&visits.visit(&short).await);
    assert_eq!(code, "portal_too_slow");
    assert!(said.contains("within 1 s"), "{said}");
    assert!(began.elapsed() < Duration::from_secs(4));

    // A file is bounded by what the company allows.
    let mut bytes = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    bytes.resize(200_000, b'x');
    let (url, asked) = raw(bytes, true).await;
    visits.most_bytes = 100_000;
    let (code, said) = failed(&visits.visit(&plain(&url, EXPORT)).await);
    assert_eq!(code, "portal_landing");
    assert!(said.contains("more than 100000 bytes"), "{said}");
    assert_eq!(
        asked.load(Ordering::Relaxed),
        1,
        "trying again would not help"
    );
    assert_eq!(visits.landed(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_failures_that_may_pass_are_tried_again() {
    let site = Site::start(Knobs {
        failing: vec![503, 429],
        ..rows(5)
    })
    .await;
    let visits = Visits::new();
    let collection = visits.collect(&site, LINKS).await;
    assert_eq!(texts(&collection)[0].1, csv(5));

    for (statuses, code, failure, asked) in [
        (vec![500; 9], "portal_status", Failure::Transient, 3),
        (vec![404; 9], "portal_status", Failure::Changed, 1),
        (vec![400; 9], "portal_status", Failure::Permanent, 1),
        (
            vec![403; 9],
            "portal_signed_out_again",
            Failure::Credentials,
            2,
        ),
    ] {
        site.knobs.lock().unwrap().failing = statuses;
        site.paths.lock().unwrap().clear();
        let collection = Visits::new().collect(&site, LINKS).await;
        assert_eq!(failed(&collection).0, code);
        assert_eq!(collection.failed.unwrap().failure, failure);
        let lists = site.paths().iter().filter(|path| *path == "/links").count();
        assert_eq!(lists, asked, "{code}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_are_said_once_and_never_shown() {
    let site = Site::start(rows(5)).await;
    let mut visits = Visits::new();
    visits.password = "a-wrong-one".to_owned();
    let collection = visits.collect(&site, LINKS).await;
    let (code, said) = failed(&collection);
    assert_eq!(code, "portal_sign_in_refused");
    assert_eq!(collection.failed.unwrap().failure, Failure::Credentials);
    // The portal repeats what was typed.
    assert!(said.contains("密码 [secret] 错误"), "{said}");
    assert_eq!(
        site.asked(),
        2,
        "an account that is tried again may be locked"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_to_internal_and_foreign_addresses_are_refused() {
    let site = Site::start(rows(5)).await;
    let visits = Visits::new();
    for place in [
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "https://example.cn/x?token=1",
    ] {
        site.knobs.lock().unwrap().redirect = Some(place.to_owned());
        let (code, said) = failed(&visits.collect(&site, LINKS).await);
        assert_eq!(code, "portal_other_host");
        assert!(!said.contains("token"), "{said}");
    }
    // Round and round.
    site.knobs.lock().unwrap().redirect = Some("links".to_owned());
    assert_eq!(
        failed(&visits.collect(&site, LINKS).await).0,
        "portal_redirects"
    );
    // A portal that is not said to be internal is none, by number or by name.
    site.knobs.lock().unwrap().redirect = None;
    let before = site.connections.all();
    let public = described(&site, LINKS).replace("private = true", "");
    let port = site.url.rsplit(':').next().unwrap();
    let named = public.replace(&site.url, &format!("http://localhost:{port}"));
    for text in [public, named] {
        assert_eq!(failed(&visits.visit(&text).await).0, "portal_internal");
    }
    assert_eq!(site.connections.all(), before);
    assert_eq!(visits.landed(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_page_is_said_with_what_was_expected_and_found() {
    let site = Site::start(rows(25)).await;
    let visits = Visits::new();
    site.knobs.lock().unwrap().renamed = true;
    let (code, said) = failed(&visits.collect(&site, LINKS).await);
    assert_eq!(code, "portal_columns");
    assert!(
        said.contains("missing 数量") && said.contains("出库数量"),
        "{said}"
    );
    site.knobs.lock().unwrap().renamed = false;

    let form = "[[list]]
name = '销售'
page = 'sales.aspx'
form = '#form1'
fields = { txtStart = '{from}' }
columns = ['数量']
";
    for (list, code, expected, found) in [
        (form.to_owned(), "portal_no_field", "txtStart", "txtBegin"),
        (
            form.replace("#form1", "#form2"),
            "portal_no_form",
            "#form2",
            "form `form1`",
        ),
        (
            LINKS.replace("共{}条", "合计{}条"),
            "portal_not_stated",
            "合计{}条",
            "",
        ),
        (
            LINKS.replace("links?", "main.aspx?"),
            "portal_no_table",
            "单据日期",
            "",
        ),
        (
            LINKS.replace("'a.next'", "'a.weiter', last = '.ende'"),
            "portal_no_next",
            "a.weiter",
            ".ende",
        ),
        (
            "[[list]]\nname = '采购'\npage = 'report.aspx'\nexport = '#xls'".to_owned(),
            "portal_no_export",
            "#xls",
            "report.aspx",
        ),
    ] {
        let collection = visits.collect(&site, &list).await;
        let (found_code, said) = failed(&collection);
        assert_eq!(found_code, code, "{said}");
        assert!(said.contains(expected) && said.contains(found), "{said}");
        assert_eq!(collection.failed.unwrap().failure, Failure::Changed);
    }
    // One changed list does not hide the others.
    let both = format!(
        "{}{LINKS}",
        LINKS.replace("销售", "退货").replace("'数量'", "'金额'")
    );
    let collection = visits.collect(&site, &both).await;
    assert_eq!(failed(&collection).0, "portal_columns");
    assert_eq!(collection.arrivals.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_table_is_never_taken_for_a_whole_one() {
    let visits = Visits::new();
    // A page withholds rows.
    let site = Site::start(Knobs {
        withheld: 3,
        ..rows(25)
    })
    .await;
    let (code, said) = failed(&visits.collect(&site, LINKS).await);
    assert_eq!(code, "portal_counts");
    assert!(
        said.contains("25 rows") && said.contains("22 rows"),
        "{said}"
    );
    // The link to the next page is gone.
    let unlinked = LINKS.replace("a.next", "a.more");
    assert_eq!(
        failed(&visits.collect(&site, &unlinked).await).0,
        "portal_counts"
    );
    // Pages that are stated and not reached.
    let asked = "[[list]]
name = '销售'
page = 'sales.aspx'
form = '#form1'
fields = { txtBegin = '{from}', btnQuery = '查询' }
columns = ['数量']
stated = { pages = '/{}页' }
next = { link = 'a.more' }
";
    let (code, said) = failed(&visits.collect(&site, asked).await);
    assert_eq!(code, "portal_counts");
    assert!(
        said.contains("3 pages") && said.contains("1 pages"),
        "{said}"
    );
    // The portal does not know the word for the page.
    let numbered = "[[list]]\nname = '销售'\npage = 'numbered'\ncolumns = ['数量']\nnext = { parameter = 'seite' }\n";
    assert_eq!(
        failed(&visits.collect(&site, numbered).await).0,
        "portal_page_repeats"
    );
    // More pages than a list may have.
    let few = described(&site, &numbered.replace("seite", "page"))
        .replace("retries", "pages = 2\nretries");
    assert_eq!(failed(&visits.visit(&few).await).0, "portal_most_pages");
    assert_eq!(visits.landed(), 0);

    // Rows are added while pages are read: once more, then it is whole.
    let site = Site::start(Knobs {
        grows: 4,
        ..rows(25)
    })
    .await;
    let collection = visits.collect(&site, LINKS).await;
    assert_eq!(texts(&collection)[0].1, csv(29));
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_during_a_download_is_said_and_leaves_nothing() {
    use std::os::unix::fs::symlink;
    let site = Site::start(rows(25)).await;
    let visits = Visits::new();
    visits.landing();
    // Every name the next copies may use leads to the device that is always full.
    for number in 0..1_000 {
        let name = format!("landing/.incoming-{}-{number}", std::process::id());
        symlink("/dev/full", visits.dir.path().join(name)).unwrap();
    }
    let export = "[[list]]\nname = '采购'\npage = 'report.aspx'\nexport = '#link'\n";
    for list in [LINKS, export] {
        let (code, said) = failed(&visits.collect(&site, list).await);
        assert_eq!(code, "portal_landing");
        assert!(said.contains("no space left"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_stops_between_pages_and_lands_no_part() {
    let site = Site::start(rows(25)).await;
    let visits = Visits::new();
    visits.stop.store(true, Ordering::Relaxed);
    let collection = visits.collect(&site, LINKS).await;
    assert!(collection.failed.is_none());
    assert!(collection.arrivals.is_empty());
    assert_eq!(visits.landed(), 0);
}
