//! Descriptions that are proposed, and the reference description: both must work as they stand.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod site;

use channelflow_collect_portal::learn;
use channelflow_model::Lang;
use site::harness::{PACE, Visits, texts};
use site::pages::{HEADINGS, csv, row};
use site::{Knobs, Site};

/// A page as a browser saves it after somebody asked.
fn saved(site: &Site) -> String {
    let rows: Vec<_> = (0..10)
        .map(|number| row(number).join("</td><td>"))
        .collect();
    let rows = format!("<tr><td>{}</td></tr>", rows.join("</td></tr><tr><td>"));
    format!(
        "<!-- saved from url=(0040){}sales.aspx -->\n<html><head><meta charset=gb2312><title>销售流向查询</title></head>\
         <body><table><tr><td><a href=a>菜单</a></td></tr></table>\
         <form id=form1 method=post><input type=hidden name=__VIEWSTATE value=x>\
         <input name=txtBegin value='2026/02/22'><input name=txtEnd value='2026/02/28'>\
         <select name=ddlType><option selected value=1>销售</option></select>\
         <input type=submit name=btnQuery value=查询><input type=submit name=btnOut value=导出Excel>\
         <table id=grid><tr><th>{}</th></tr>{rows}</table><div>共 25 条记录，第 1/3 页 \
         <a href=\"javascript:__doPostBack('grid','Page$2')\">下一页</a></div></form></body></html>",
        site.url,
        HEADINGS.join("</th><th>")
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposed_description_collects_what_it_was_learned_from() {
    let site = Site::start(Knobs {
        rows: 25,
        ..Knobs::default()
    })
    .await;
    let visits = Visits::new();
    let page = visits.dir.path().join("saved.html");
    let bytes = encoding_rs::GB18030.encode(&saved(&site)).0.into_owned();
    std::fs::write(&page, bytes).unwrap();
    let pages = [
        format!("{}login.aspx", site.url),
        page.display().to_string(),
    ];

    let proposed = learn(&pages, Lang::En).await.unwrap();

    for line in [
        &format!("url = \"{}\"", site.url),
        "private = true",
        "fields = { \"txtUser\" = \"{user}\", \"txtPwd\" = \"{password}\", \"btnLogin\" = \"登录\" }",
        "form = \"#form1\"",
        "date = \"%Y/%m/%d\"",
        "table = \"#grid\"",
        "columns = [\"单据日期\", \"客户名称\", \"商品名称\", \"数量\"]",
        "stated = { \"rows\" = \"共{}条\", \"pages\" = \"/{}页\" }",
        "next = { link = \"text=下一页\" }",
        "# export = \"text=导出Excel\"",
    ] {
        let known = proposed.lines().any(|known| known.starts_with(line));
        assert!(
            known || proposed.contains(line),
            "{line} is not in\n{proposed}"
        );
    }
    let collection = visits.visit(&proposed).await;
    let name = "销售流向 2026-02-22至2026-02-28.csv".to_owned();
    assert_eq!(texts(&collection), [(name, csv(25))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_learned_from_is_said() {
    let visits = Visits::new();
    let page = visits.dir.path().join("plain.html");
    std::fs::write(&page, "<html><p>欢迎</p></html>").unwrap();
    for (page, code) in [
        (page.display().to_string(), "portal_learn_nothing"),
        ("no-such-page.html".to_owned(), "portal_learn_unreadable"),
    ] {
        assert_eq!(learn(&[page], Lang::Zh).await.unwrap_err().code(), code);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_description_works() {
    let site = Site::start(Knobs {
        rows: 25,
        ..Knobs::default()
    })
    .await;
    let reference = include_str!("../../../config/sources/portal.toml");
    let visits = Visits::new();
    assert!(visits.open(reference).is_ok());
    let (before, rest) = reference.split_once("[pace]").unwrap();
    let (_, after) = rest.split_once("\n\n").unwrap();
    let here = format!("{before}private = true\n{PACE}\n{after}")
        .replace("https://b2b.example.cn/", &site.url)
        .replace("first_day = \"2026-01-01\"", "");
    let texts = texts(&visits.visit(&here).await);
    let days = "2026-02-22至2026-02-28.csv";
    assert_eq!(texts.first().unwrap().0, format!("销售流向 {days}"));
    assert_eq!(texts.first().unwrap().1, csv(25));
    assert_eq!(texts.last().unwrap(), &(format!("退货 {days}"), csv(25)));
    assert_eq!(texts.len(), 3);
}
