//! Portals of every kind, each by its description alone.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod site;

use site::harness::{Visits, cursor, described, failed, texts};
use site::pages::csv;
use site::{Knobs, Site};

const VIEW_STATE: &str = "[[list]]
name = '销售'
page = 'sales.aspx'
form = '#form1'
fields = { txtBegin = '{from}', txtEnd = '{to}', btnQuery = '查询' }
date = '%Y/%m/%d'
table = '#grid'
columns = ['单据日期', '数量']
empty = '没有符合条件的记录'
stated = { at = '.pager', rows = '共{}条', pages = '/{}页' }
next = { link = 'a.next', last = '.last' }
";

const LINKS: &str = "[[list]]
name = '销售'
page = 'links?from={from}&to={to}'
columns = ['单据日期', '客户名称', '商品名称', '数量']
stated = { rows = '共{}条' }
next = { link = 'a.next' }
";

fn rows(rows: usize) -> Knobs {
    Knobs {
        rows,
        ..Knobs::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signs_in_asks_a_view_state_form_in_gb18030_and_posts_back_for_pages() {
    let site = Site::start(rows(25)).await;
    let visits = Visits::new();

    let collection = visits.collect(&site, VIEW_STATE).await;

    let name = "销售 2026-02-22至2026-02-28.csv".to_owned();
    assert_eq!(texts(&collection), [(name, csv(25))]);
    let arrival = &collection.arrivals[0];
    assert_eq!(arrival.cursor, Some(cursor("销售", "2026-02-28")));
    // Sign-in page, sign-in, main page, query page, and three pages of the grid.
    assert_eq!(site.asked(), 7, "{:?}", site.paths());
}

#[tokio::test(flavor = "multi_thread")]
async fn days_go_on_where_the_registered_ones_end_and_nothing_is_a_file_too() {
    let site = Site::start(rows(3)).await;
    let mut visits = Visits::new();
    let known = &mut visits.known.cursors;
    known.insert("销售".into(), "2026-02-25".into());
    let again = format!("{VIEW_STATE}days = 2\nmost_days = 3\n");

    let collection = visits.collect(&site, &again).await;

    let names: Vec<_> = texts(&collection)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let expected = [
        "销售 2026-02-24至2026-02-26.csv",
        "销售 2026-02-27至2026-02-28.csv",
    ];
    assert_eq!(names, expected);
    let cursors: Vec<_> = collection.arrivals.into_iter().map(|a| a.cursor).collect();
    let expected = [cursor("销售", "2026-02-26"), cursor("销售", "2026-02-28")].map(Some);
    assert_eq!(cursors, expected);

    // Everything until yesterday is registered.
    visits
        .known
        .cursors
        .insert("销售".into(), "2026-02-28".into());
    let nothing = visits
        .collect(&site, &format!("{VIEW_STATE}days = 0\n"))
        .await;
    assert_eq!(texts(&nothing), []);

    // A year of which the portal says that there is nothing.
    visits.known.cursors.clear();
    visits.today = "2021-01-01".parse_day();
    let empty = visits.collect(&site, VIEW_STATE).await;
    let name = "销售 2020-12-25至2020-12-31.csv".to_owned();
    assert_eq!(texts(&empty), [(name, "单据日期,数量\n".to_owned())]);
}

trait ParseDay {
    fn parse_day(&self) -> channelflow_model::Day;
}

impl ParseDay for str {
    fn parse_day(&self) -> channelflow_model::Day {
        channelflow_model::Day::from_iso(self).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn follows_links_and_page_numbers() {
    let site = Site::start(rows(30)).await;
    let visits = Visits::new();
    let numbered = "[[list]]
name = '库存'
page = 'numbered'
columns = ['商品名称', '数量']
next = { parameter = 'page' }
";
    let collection = visits.collect(&site, &format!("{LINKS}{numbered}")).await;
    let texts = texts(&collection);
    let first = "销售 2026-02-22至2026-02-28.csv".to_owned();
    // Without a question for days it is what is so today.
    let second = "库存 2026-03-01.csv".to_owned();
    assert_eq!(texts, [(first, csv(30)), (second, csv(30))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn exports_land_as_they_are_by_get_and_post() {
    let site = Site::start(rows(0)).await;
    let visits = Visits::new();
    let lists = "[[list]]
name = '流向'
page = 'export.csv?from={from}&to={to}'
date = '%Y%m%d'
export = 'answer'
[[list]]
name = '采购'
page = 'report.aspx?{from}'
export = '#link'
[[list]]
name = '销售'
page = 'report.aspx'
form = '#f'
fields = { from = '{from}', to = '{to}', kind = 'excel' }
export = 'answer'
[[list]]
name = '库存'
page = 'fake.xls'
export = 'answer'
[[list]]
name = '退货'
page = 'report.aspx'
export = '#save'
[[list]]
name = '出库'
page = 'export.csv'
method = 'post'
fields = { from = '{from}', to = '{to}', kind = 'excel' }
export = 'answer'
";
    let collection = visits.collect(&site, lists).await;

    let texts = texts(&collection);
    let text = |at: usize| (texts[at].0.as_str(), texts[at].1.as_str());
    let days = |first: &str, last: &str| format!("单据日期,数量\n{first},1\n{last},2\n");
    let iso = days("2026-02-22", "2026-02-28");
    assert_eq!(
        text(0),
        (
            "流向 2026-02-22至2026-02-28.csv",
            &*days("20260222", "20260228")
        )
    );
    assert_eq!(text(1), ("采购 2026-02-22至2026-02-28.csv", &*iso));
    assert_eq!(text(2), ("销售 2026-02-22至2026-02-28.csv", &*iso));
    assert_eq!(texts[3].0, "库存 2026-03-01.xls");
    assert!(texts[3].1.contains("单据日期"));
    assert_eq!(text(4), ("退货 2026-03-01.csv", &*days("", "")));
    assert_eq!(text(5), ("出库 2026-02-22至2026-02-28.csv", &*iso));

    // A page that is no file does not land.
    let sorry = "[[list]]\nname = '流向'\npage = 'report.aspx'\nexport = '#busy'\n";
    let (code, said) = failed(&visits.collect(&site, sorry).await);
    assert_eq!(code, "portal_no_file");
    assert!(said.contains("系统忙"), "{said}");
}

const JSON: &str = "[[list]]
name = '销售'
page = 'api/sales'
method = 'json'
fields = { from = '{from}', to = '{to}' }
json = { items = '/data/rows' }
columns = [['单据日期', 'date'], ['客户名称', '/customer/name'], ['商品名称', 'product'], ['数量', 'qty']]
stated = { rows = '/data/total' }
next = { parameter = 'page' }
";

#[tokio::test(flavor = "multi_thread")]
async fn json_by_page_and_by_cursor() {
    let site = Site::start(rows(23)).await;
    let visits = Visits::new();
    let stock = "[[list]]
name = '库存'
page = 'api/stock'
json = { items = 'list' }
columns = ['商品名称', '库存数量']
next = { cursor = 'next', parameter = 'after' }
";
    let collection = visits.collect(&site, &format!("{JSON}{stock}")).await;
    let texts = texts(&collection);
    assert_eq!(texts[0].1, csv(23));
    assert_eq!(texts[1].1.lines().count(), 24);
    assert!(texts[1].1.ends_with("阿莫西林胶囊 0.25g*24粒,1.1\n"));

    site.knobs.lock().unwrap().renamed = true;
    let (code, said) = failed(&visits.collect(&site, JSON).await);
    assert_eq!(code, "portal_columns");
    assert!(
        said.contains("missing qty") && said.contains("qtty"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_on_the_way_is_signed_in_again_and_nothing_doubled() {
    // Main page, then two pages of the list, then the session is over.
    let short = Knobs {
        session: Some(3),
        ..rows(45)
    };
    for list in [LINKS, JSON] {
        let site = Site::start(short.clone()).await;
        let visits = Visits::new();
        let collection = visits.collect(&site, list).await;
        assert_eq!(texts(&collection)[0].1, csv(45));
        let times = site.signed_in.load(std::sync::atomic::Ordering::Relaxed);
        assert!(times >= 2, "{times}");
        // Five pages and what was asked for twice, no page a third time.
        let asked = site
            .paths()
            .iter()
            .filter(|path| list.contains(&path[1..]))
            .count();
        assert!((6..=8).contains(&asked), "{asked}");
    }
    // Some say it with a word instead of a status or a form.
    let site = Site::start(Knobs {
        kicked: 1,
        ..rows(25)
    })
    .await;
    let visits = Visits::new();
    let told =
        described(&site, JSON).replace("success =", "expired_text = '请重新登录'\nsuccess =");
    assert_eq!(texts(&visits.visit(&told).await)[0].1, csv(25));
    assert_eq!(site.signed_in.load(std::sync::atomic::Ordering::Relaxed), 2);
    // A view state went with its session, so its list begins again, and ends.
    let site = Site::start(Knobs {
        session: Some(5),
        ..rows(25)
    })
    .await;
    let visits = Visits::new();
    let twice = format!("{VIEW_STATE}most_days = 4\n");
    let collection = visits.collect(&site, &twice).await;
    let texts = texts(&collection);
    assert_eq!(texts.len(), 2);
    assert!(texts.iter().all(|(_, text)| *text == csv(25)));
    // An export finds the sign-in page where a file should be.
    let site = Site::start(Knobs {
        session: Some(4),
        ..rows(0)
    })
    .await;
    let export = "[[list]]\nname = '采购'\npage = 'report.aspx'\nexport = '#link'\n";
    let both = format!("{export}{}", export.replace("采购", "销售"));
    let files = self::texts(&visits.collect(&site, &both).await);
    assert_eq!(files.len(), 2);
    assert!(files.iter().all(|(_, text)| text.starts_with("单据日期")));
    assert_eq!(site.signed_in.load(std::sync::atomic::Ordering::Relaxed), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_shows_the_first_rows_and_keeps_nothing() {
    let site = Site::start(rows(25)).await;
    let visits = Visits::new();
    let probe = visits.probe(&described(&site, VIEW_STATE)).await.unwrap();
    assert_eq!(probe.found, ["销售 2026-02-22至2026-02-28.csv (10 / 25)"]);
    assert_eq!(probe.rows.len(), 6);
    assert_eq!(probe.rows[0], site::pages::HEADINGS);
    assert_eq!(probe.rows[1], site::pages::row(0));
    assert!(probe.clock_ahead.unwrap().abs() < 5);
    assert_eq!(visits.landed(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_description_is_checked_before_it_is_used() {
    let visits = Visits::new();
    let list = "[[list]]\nname = '销售'\npage = 'x'\ncolumns = ['数量']\n";
    let good = format!("url = 'https://b2b.example.cn/'\n{list}");
    assert!(visits.open(&good).is_ok());
    for (text, said) in [
        (format!("{good}colums = []"), "unknown field `colums`"),
        (good.replace("https://", ""), "http://"),
        (good.replace("columns = ['数量']", ""), "needs `columns`"),
        (format!("{good}table = 'td['"), "no CSS selector"),
        (format!("{good}date = '%Q'"), "no format of a day"),
        (format!("{good}first_day = '1/2'"), "no day like"),
        (
            format!("{good}next = {{ link = 'a', parameter = 'p' }}"),
            "either",
        ),
        (format!("{good}{list}"), "two lists"),
        (format!("encoding = 'gbkk'\n{good}"), "no encoding"),
        (good.replace("'x'", "'x?{pasword}'"), "`pasword`"),
    ] {
        let refused = visits.open(&text).err().map(|refused| refused.to_string());
        let refused = refused.unwrap_or_else(|| panic!("{text}"));
        assert!(refused.contains(said), "{refused}");
    }
}
