//! A portal that is nothing without JavaScript, in a real browser, by the same description.
//!
//! Needs Debian's packages `chromium` and `chromium-driver`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod site;

use channelflow_collect::Failure;
use site::harness::{PACE, Visits, failed, texts};
use site::pages::csv;
use site::{Knobs, Site};

const LIST: &str = "[[list]]
name = '销售'
page = 'open/script'
form = '#query'
fields = { begin = '{from}', end = '{to}', ask = '' }
table = 'table.list'
columns = ['单据日期', '数量']
stated = { rows = '共{}条', pages = '/{}页' }
next = { link = '#next' }
";

fn described(site: &Site, list: &str) -> String {
    let pace = PACE.replace("timeout_seconds = 5", "timeout_seconds = 20");
    format!(
        "url = '{}'\nprivate = true\nbrowser = true\n{pace}
[sign_in]
page = 'open/script'
fields = {{ txtUser = '{{user}}', txtPwd = '{{password}}', btnLogin = '' }}
success = '#out'
failure = '.error'
{list}",
        site.url
    )
}

async fn site() -> std::sync::Arc<Site> {
    Site::start(Knobs {
        rows: 25,
        ..Knobs::default()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn signs_in_asks_and_pages_in_a_browser() {
    let site = site().await;
    let visits = Visits::new();
    let text = described(&site, LIST);

    let collection = visits.visit(&text).await;

    let name = "销售 2026-02-22至2026-02-28.csv".to_owned();
    assert_eq!(texts(&collection), [(name, csv(25))]);

    let probe = visits.probe(&text).await.unwrap();
    assert_eq!(probe.found, ["销售 2026-02-22至2026-02-28.csv (10 / 25)"]);
    assert_eq!(probe.rows[1], site::pages::row(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_a_browser_downloads_lands_as_it_is() {
    let site = site().await;
    let visits = Visits::new();
    let export = "[[list]]\nname = '采购'\npage = 'open/report.aspx'\nexport = '#link'\n";
    let text = described(&site, export);
    let (before, _) = text.split_once("[sign_in]").unwrap();
    let collection = visits.visit(&format!("{before}{export}")).await;
    let text = texts(&collection).remove(0);
    assert_eq!(text.0, "采购 2026-03-01.csv");
    assert_eq!(text.1, "单据日期,数量\n2026-02-22,1\n2026-02-28,2\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_a_changed_page_and_foreign_hosts_in_a_browser() {
    let site = site().await;
    let mut visits = Visits::new();
    let changed = LIST.replace("'数量'", "'出库数量'");
    let quick = described(&site, &changed).replace("timeout_seconds = 20", "timeout_seconds = 4");
    let (code, said) = failed(&visits.visit(&quick).await);
    assert_eq!(code, "portal_columns");
    assert!(said.contains("missing 出库数量"), "{said}");

    // No host but the portal's is reached, whatever a page says.
    site.knobs.lock().unwrap().redirect = Some(site.url.replace("127.0.1", "127.0.9"));
    let away = described(&site, &LIST.replace("script", "links"));
    let (code, said) = failed(&visits.visit(&away).await);
    assert_eq!(code, "portal_browser", "{said}");
    assert!(said.contains("ERR_NAME_NOT_RESOLVED"), "{said}");
    site.knobs.lock().unwrap().redirect = None;

    visits.password = "a-wrong-one".to_owned();
    let collection = visits.visit(&described(&site, LIST)).await;
    let (code, said) = failed(&collection);
    assert_eq!(code, "portal_sign_in_refused");
    assert!(said.contains("密码 [secret] 错误"), "{said}");
    assert_eq!(collection.failed.unwrap().failure, Failure::Credentials);
}
