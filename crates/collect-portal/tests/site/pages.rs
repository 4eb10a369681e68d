//! The pages of the test site, in the ways portals write them.

use std::collections::HashMap;
use std::fmt::Write as _;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use encoding_rs::GB18030;

use super::{Asked, Knobs, Site, see};

/// Rows on one page.
pub const PER_PAGE: usize = 10;

/// Headings of every table.
pub const HEADINGS: [&str; 4] = ["单据日期", "客户名称", "商品名称", "数量"];

/// One row of every list.
pub fn row(number: usize) -> [String; 4] {
    [
        format!("2026-02-{:02}", number % 28 + 1),
        format!("福州市第{number}医院"),
        "阿莫西林胶囊 0.25g*24粒".to_owned(),
        format!("{}", number + 1),
    ]
}

/// What all rows look like once they are CSV.
pub fn csv(rows: usize) -> String {
    let mut text = format!("{}\n", HEADINGS.join(","));
    for number in 0..rows {
        let _ = writeln!(text, "{}", row(number).join(","));
    }
    text
}

/// A page in GB18030, as it says.
pub fn html(body: &str) -> Response {
    let page = format!(
        "<!DOCTYPE html><html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=gb2312\"></head>\
         <body>{body}</body></html>"
    );
    let bytes = GB18030.encode(&page).0.into_owned();
    ([(header::CONTENT_TYPE, "text/html")], bytes).into_response()
}

/// The form to sign in.
pub fn sign_in(token: &str, said: &str) -> String {
    format!(
        "<form id=search action=find><input name=q></form>\
         <form id=form1 method=post action=\"./login.aspx\"><input type=hidden name=__VIEWSTATE value=\"/wEPDwUK\">\
         <input type=hidden name=__RequestVerificationToken value=\"{token}\"><input name=txtUser>\
         <input type=password name=txtPwd><input type=submit name=btnLogin value=登录>\
         <span class=error>{said}</span></form>"
    )
}

/// Every page that is not the one to sign in.
pub fn listed(site: &Site, asked: &Asked, knobs: &Knobs, token: &str) -> Response {
    let path = asked.path.trim_start_matches("/open");
    if path.starts_with("/api/") {
        let mut now = site.knobs.lock().unwrap();
        if now.kicked > 0 {
            now.kicked -= 1;
            return "{\"code\": 401, \"msg\": \"请重新登录\"}".into_response();
        }
    }
    if path != "/main.aspx" {
        let mut now = site.knobs.lock().unwrap();
        if !now.failing.is_empty() {
            let status = StatusCode::from_u16(now.failing.remove(0)).unwrap();
            return (status, [(header::RETRY_AFTER, "0")]).into_response();
        }
    }
    if let Some(place) = knobs.redirect.as_ref().filter(|_| path != "/main.aspx") {
        return see(place);
    }
    match path {
        "/main.aspx" => html("<a href=logout.aspx id=out>退出</a>"),
        "/sales.aspx" => view_state(asked, knobs, token),
        "/links" => links(site, asked, knobs),
        "/numbered" => numbered(asked, knobs),
        "/report.aspx" => html(&report(token)),
        "/export.csv" => export(asked),
        "/fake.xls" => fake_excel(),
        "/apologies" => html("<p>系统忙，请稍后导出</p>"),
        "/api/sales" => api_sales(asked, knobs),
        "/api/stock" => api_stock(asked, knobs),
        "/script" => script(knobs),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn total(asked: &HashMap<String, String>, knobs: &Knobs) -> usize {
    // A day of which there is nothing.
    let from = asked.get("from").or_else(|| asked.get("txtBegin"));
    if from.is_some_and(|from| from.starts_with("2020")) {
        0
    } else {
        knobs.rows
    }
}

fn table(page: usize, total: usize, knobs: &Knobs, pager: &str) -> String {
    let mut headings = HEADINGS.to_vec();
    if knobs.renamed {
        headings[3] = "出库数量";
    }
    let mut text = String::from("<table id=grid class=list><tr>");
    for heading in headings {
        let _ = write!(text, "<th>{heading}</th>");
    }
    text.push_str("</tr>");
    let end = (page * PER_PAGE).min(total);
    let start = ((page - 1) * PER_PAGE).min(end);
    let withheld = if page == 2 { knobs.withheld } else { 0 };
    for number in start..end - withheld.min(end - start) {
        let cells = row(number).join("</td><td>");
        let _ = write!(text, "<tr><td>{cells}</td></tr>");
    }
    let _ = write!(
        text,
        "<tr class=pager><td colspan=4>{pager}</td></tr></table>"
    );
    text
}

fn pages(total: usize) -> usize {
    total.div_ceil(PER_PAGE).max(1)
}

/// An ASP.NET page: a query form, a grid, and pages by post back.
fn view_state(asked: &Asked, knobs: &Knobs, token: &str) -> Response {
    let typed = |name: &str| asked.form.get(name).map_or("", String::as_str);
    let form = |inner: &str, state: &str| {
        html(&format!(
            "<a id=out href=logout.aspx>退出</a><form id=form1 method=post action='sales.aspx'>\
             <input type=hidden name=__VIEWSTATE value='{state}'><input type=hidden name=__EVENTTARGET value=''>\
             <input type=hidden name=__EVENTARGUMENT value=''>\
             <input name=txtBegin value='{}'><input name=txtEnd value='{}'>\
             <select name=ddlType><option value=''>全部</option><option value=1 selected>销售</option></select>\
             <input type=submit name=btnQuery value=查询>{inner}</form>",
            typed("txtBegin"),
            typed("txtEnd")
        ))
    };
    if !asked.post {
        return form("", &format!("empty {token}"));
    }
    let state = typed("__VIEWSTATE");
    let fresh = state == format!("empty {token}") && typed("btnQuery") == "查询";
    let turned = state == format!("filled {token}") && typed("__EVENTTARGET") == "grid";
    if typed("ddlType") != "1" || !(fresh || turned) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let page = typed("__EVENTARGUMENT").trim_start_matches("Page$");
    let page: usize = page.parse().unwrap_or(1);
    let total = total(&asked.form, knobs);
    if total == 0 {
        return form("<p>没有符合条件的记录</p>", &format!("filled {token}"));
    }
    let all = pages(total);
    let next = if page < all {
        format!(
            "<a class=next href=\"javascript:__doPostBack('grid','Page${}')\">下一页</a>",
            page + 1
        )
    } else {
        "<span class=last>下一页</span>".to_owned()
    };
    let pager = format!("共 {total} 条记录，第 {page}/{all} 页 {next}");
    form(
        &table(page, total, knobs, &pager),
        &format!("filled {token}"),
    )
}

/// Pages that link to the next one.
fn links(site: &Site, asked: &Asked, knobs: &Knobs) -> Response {
    let page: usize = asked.query.get("p").map_or(1, |page| page.parse().unwrap());
    let total = total(&asked.query, knobs);
    if page == 2 {
        let mut now = site.knobs.lock().unwrap();
        now.rows += std::mem::take(&mut now.grows);
    }
    let pager = if knobs.no_pager {
        String::new()
    } else if page < pages(total) {
        let same = |name: &str| asked.query.get(name).cloned().unwrap_or_default();
        format!(
            "共{total}条 <a class=next href='?from={}&to={}&p={}'>下一页</a>",
            same("from"),
            same("to"),
            page + 1
        )
    } else {
        format!("共{total}条 <a class='next disabled' href='#'>下一页</a>")
    };
    html(&table(page, total, knobs, &pager))
}

/// Pages by a number, with nothing stated.
fn numbered(asked: &Asked, knobs: &Knobs) -> Response {
    let page: usize = asked
        .query
        .get("page")
        .map_or(1, |page| page.parse().unwrap());
    html(&table(page, knobs.rows, knobs, ""))
}

fn report(token: &str) -> String {
    format!(
        "<form id=f method=post action=export.csv><input type=hidden name=token value='{token}'>\
         <input name=from><input name=to><button type=submit name=kind id=save value=excel>导出</button></form>\
         <a id=link href='export.csv?from=2026-02-22&to=2026-02-28'>导出 Excel</a><a id=busy href=apologies>导出</a>"
    )
}

/// A file in GB18030, named as such portals name them.
fn export(asked: &Asked) -> Response {
    let fields = if asked.post {
        &asked.form
    } else {
        &asked.query
    };
    if asked.post && fields.get("kind").is_none_or(|kind| kind != "excel") {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let said = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let text = format!("单据日期,数量\n{},1\n{},2\n", said("from"), said("to"));
    let name = [
        b"attachment; filename=\"".to_vec(),
        GB18030.encode("流向.CSV\"").0.into_owned(),
    ];
    let name = header::HeaderValue::from_bytes(&name.concat()).unwrap();
    let mut response = GB18030.encode(&text).0.into_owned().into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_DISPOSITION, name);
    response
}

fn fake_excel() -> Response {
    html("<table><tr><td>单据日期</td></tr><tr><td>2026-02-01</td></tr></table>")
}

fn api_sales(asked: &Asked, knobs: &Knobs) -> Response {
    let body: serde_json::Value = serde_json::from_slice(&asked.body).unwrap();
    let page = usize::try_from(body["page"].as_u64().unwrap()).unwrap();
    let end = (page * PER_PAGE).min(knobs.rows);
    let items: Vec<_> = ((page - 1) * PER_PAGE..end)
        .map(|number| {
            let [date, customer, product, _] = row(number);
            let name = if knobs.renamed { "qtty" } else { "qty" };
            serde_json::json!({"date": date, "customer": {"name": customer}, "product": product, name: number + 1})
        })
        .collect();
    let answer = serde_json::json!({"code": 0, "data": {"total": knobs.rows, "rows": items}, "from": body["from"]});
    answer.to_string().into_response()
}

fn api_stock(asked: &Asked, knobs: &Knobs) -> Response {
    let start: usize = asked
        .query
        .get("after")
        .map_or(0, |after| after.parse().unwrap());
    let end = (start + PER_PAGE).min(knobs.rows);
    let items: Vec<_> = (start..end)
        .map(|number| serde_json::json!({"商品名称": row(number)[2], "库存数量": 0.1 + f64::from(1)}))
        .collect();
    let next = (end < knobs.rows).then(|| end.to_string());
    serde_json::json!({"list": items, "next": next})
        .to_string()
        .into_response()
}

/// A portal that is nothing without JavaScript: to sign in, to ask and to page.
fn script(knobs: &Knobs) -> Response {
    let rows: Vec<_> = (0..knobs.rows).map(row).collect();
    let page = include_str!("script.html")
        .replace("ROWS", &serde_json::to_string(&rows).unwrap())
        .replace("HEADINGS", &serde_json::to_string(&HEADINGS).unwrap())
        .replace("USER", super::USER)
        .replace("PASSWORD", super::PASSWORD);
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}
