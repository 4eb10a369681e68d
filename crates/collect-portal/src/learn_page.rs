//! What a page shows of itself: a form to sign in, a question for days, a table of flows, what it
//! states, where it leads on.

use reqwest::Url;
use scraper::ElementRef;

use crate::address::is_internal;
use crate::form::{Page, post_back, select};
use crate::list::shown_text;
use crate::sign_in::PASSWORD;
use crate::table::text_of;
use crate::text::number_in;

/// Words in headings of tables we want.
const COLUMNS: [&str; 22] = [
    "日期",
    "时间",
    "客户",
    "单位",
    "品名",
    "商品",
    "药品",
    "名称",
    "规格",
    "批号",
    "数量",
    "金额",
    "单价",
    "厂家",
    "厂商",
    "产地",
    "库存",
    "效期",
    "仓库",
    "供应商",
    "date",
    "quantity",
];

/// Headings of these that make a table one of ours.
const ENOUGH: usize = 3;

/// How pages state their rows.
const ROWS: [&str; 9] = [
    "共{}条",
    "共有{}条",
    "共计{}条",
    "共{}行",
    "共{}笔",
    "总计{}条",
    "总记录数：{}",
    "记录数：{}",
    "总数：{}",
];

/// How pages state their pages.
const PAGES: [&str; 4] = ["/{}页", "共{}页", "共有{}页", "总页数：{}"];

/// What a link to the next page says.
const NEXT: [&str; 6] = ["下一页", "下页", "后一页", "下一頁", "next", "›"];

/// What an export says.
const EXPORT: [&str; 4] = ["导出", "匯出", "下载", "export"];

/// Parts of names of fields for a picture with a code.
const PICTURE: [&str; 5] = ["captcha", "verify", "checkcode", "validate", "yzm"];

/// Words that name the kind of a list, and the name they propose.
const KINDS: [(&str, &str); 8] = [
    ("库存", "库存"),
    ("stock", "库存"),
    ("inventory", "库存"),
    ("采购", "采购"),
    ("购进", "采购"),
    ("purchase", "采购"),
    ("入库", "采购"),
    ("进货", "采购"),
];

/// Everything found on a page.
pub(crate) struct Found {
    /// Where the portal is.
    pub(crate) base: String,
    /// The page, relative to it.
    pub(crate) page: String,
    /// Whether it stands in an internal network.
    pub(crate) internal: bool,
    /// Whether JavaScript seems to make it.
    pub(crate) scripted: bool,
    /// How to sign in.
    pub(crate) sign_in: Option<Question>,
    /// How to ask for days.
    pub(crate) form: Option<Question>,
    /// The table.
    pub(crate) table: Option<FoundTable>,
    /// How rows are stated.
    pub(crate) rows: Option<&'static str>,
    /// How pages are stated.
    pub(crate) pages: Option<&'static str>,
    /// The link to the next page.
    pub(crate) next: Option<String>,
    /// The export.
    pub(crate) export: Option<String>,
    /// What it seems to list.
    pub(crate) kind: &'static str,
}

/// A form.
pub(crate) struct Question {
    /// Where it stands.
    pub(crate) selector: String,
    /// What is filled in.
    pub(crate) fields: Vec<(String, String)>,
    /// How it writes days, when that is not as we do.
    pub(crate) date: Option<&'static str>,
    /// Whether it wants a code from a picture.
    pub(crate) picture: bool,
}

/// A table.
pub(crate) struct FoundTable {
    /// Where it stands, if it has a name.
    pub(crate) selector: Option<String>,
    /// Its headings.
    pub(crate) headings: Vec<String>,
}

impl Found {
    /// Whether there is nothing to propose.
    pub(crate) fn is_nothing(&self) -> bool {
        self.sign_in.is_none() && !self.is_list()
    }

    /// Whether it shows a list.
    pub(crate) fn is_list(&self) -> bool {
        self.table.is_some() || self.form.is_some() || self.export.is_some()
    }
}

/// Looks at a page.
pub(crate) fn found(page: &Page<'_>) -> Found {
    let said = shown_text(page.html);
    let sign_in = sign_in(page);
    let pressed = select(
        page.html,
        "a, button, input[type=submit i], input[type=button i]",
    );
    let host = page.url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse();
    let query = page
        .url
        .query()
        .map_or(String::new(), |query| format!("?{query}"));
    let table = table(page);
    let headings = table
        .as_ref()
        .map_or(String::new(), |table| table.headings.concat());
    let title = select(page.html, "title, h1, h2, caption")
        .into_iter()
        .map(text_of);
    let about =
        format!("{}{headings}{}", title.collect::<String>(), page.url.path()).to_lowercase();
    let kind = KINDS.iter().find(|(word, _)| about.contains(word));
    Found {
        base: base(page.url),
        page: format!("{}{query}", page.url.path().trim_start_matches('/')),
        internal: host == "localhost" || address.is_ok_and(is_internal),
        scripted: said.split_whitespace().map(str::len).sum::<usize>() < 200
            && select(page.html, "script").len() > 1,
        form: form(page, sign_in.is_some()),
        sign_in,
        rows: ROWS
            .into_iter()
            .find(|rows| number_in(&said, rows).is_some()),
        pages: PAGES
            .into_iter()
            .find(|pages| number_in(&said, pages).is_some()),
        next: next(&pressed),
        export: export(&pressed),
        kind: kind.map_or("销售流向", |(_, name)| name),
        table,
    }
}

fn base(url: &Url) -> String {
    let mut base = url.clone();
    base.set_path("/");
    base.set_query(None);
    base.set_fragment(None);
    base.to_string()
}

/// A selector for an element: by its id, or its class, or its name.
fn selector(element: ElementRef<'_>) -> Option<String> {
    let value = element.value();
    let plain = |name: &&str| {
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || "-_".contains(c))
            && !name.starts_with(|c: char| c.is_ascii_digit())
    };
    if let Some(id) = value.id().filter(plain) {
        return Some(format!("#{id}"));
    }
    if let Some(class) = value
        .attr("class")
        .and_then(|all| all.split_whitespace().find(plain))
    {
        return Some(format!("{}.{class}", value.name()));
    }
    let name = value.attr("name").filter(plain)?;
    Some(format!("{}[name={name}]", value.name()))
}

fn controls(form: ElementRef<'_>) -> Vec<ElementRef<'_>> {
    let all = form.descendent_elements();
    all.filter(|element| matches!(element.value().name(), "input" | "select" | "button"))
        .collect()
}

fn kind_of(control: ElementRef<'_>) -> String {
    let default = if control.value().name() == "button" {
        "submit"
    } else {
        "text"
    };
    control.attr("type").unwrap_or(default).to_ascii_lowercase()
}

fn sign_in(page: &Page<'_>) -> Option<Question> {
    let password = select(page.html, PASSWORD).into_iter().next()?;
    let mut around = password.ancestors().filter_map(ElementRef::wrap);
    let form = around.find(|element| element.value().name() == "form")?;
    let mut question = Question {
        selector: selector(form).unwrap_or_else(|| "form".to_owned()),
        fields: Vec::new(),
        date: None,
        picture: false,
    };
    for control in controls(form) {
        let Some(name) = control.attr("name") else {
            continue;
        };
        let lower = name.to_lowercase();
        let picture = PICTURE.iter().any(|part| lower.contains(part));
        let value = match kind_of(control).as_str() {
            "password" => "{password}",
            "text" | "tel" | "email" if picture => {
                question.picture = true;
                continue;
            }
            "text" | "tel" | "email" if question.fields.is_empty() => "{user}",
            "submit" => control.attr("value").unwrap_or_default(),
            _ => continue,
        };
        question.fields.push((name.to_owned(), value.to_owned()));
    }
    Some(question)
}

/// The form that asks for days.
fn form(page: &Page<'_>, signs_in: bool) -> Option<Question> {
    let mut forms = select(page.html, "form").into_iter();
    forms.find_map(|form| {
        let controls = controls(form);
        let days: Vec<_> = controls
            .iter()
            .filter(|control| asks_for_a_day(**control))
            .collect();
        if days.is_empty() || signs_in {
            return None;
        }
        let mut fields = Vec::new();
        let mut templates = ["{from}", "{to}"].into_iter();
        for day in &days {
            let named = day.attr("name").zip(templates.next());
            fields.extend(named.map(|(name, template)| (name.to_owned(), template.to_owned())));
        }
        let buttons = controls
            .iter()
            .filter(|control| kind_of(**control) == "submit");
        let button = buttons.into_iter().find_map(|button| {
            let words = button.attr("value").unwrap_or_default();
            let asks = format!("{words}{}", text_of(*button));
            (asks.contains("查") || asks.to_lowercase().contains("search"))
                .then(|| Some((button.attr("name")?.to_owned(), words.to_owned())))?
        });
        fields.extend(button);
        let date = days.iter().find_map(|day| {
            let shown = [day.attr("value"), day.attr("placeholder")];
            shown.into_iter().flatten().find_map(written_as)
        });
        Some(Question {
            selector: selector(form).unwrap_or_else(|| "form".to_owned()),
            fields,
            date,
            picture: false,
        })
    })
}

fn asks_for_a_day(control: ElementRef<'_>) -> bool {
    let kind = kind_of(control);
    if kind == "date" {
        return true;
    }
    let value = control.value();
    let texts =
        ["name", "id", "class", "placeholder", "onfocus", "onclick"].map(|name| value.attr(name));
    let about = texts
        .into_iter()
        .flatten()
        .collect::<String>()
        .to_lowercase();
    let words = ["date", "begin", "start", "日期", "rq", "时间"];
    kind == "text"
        && value.name() == "input"
        && (words.iter().any(|word| about.contains(word))
            || value
                .attr("value")
                .is_some_and(|value| written_as(value).is_some())
            || about.ends_with("end"))
}

/// The format of a day as it stands in a field.
fn written_as(text: &str) -> Option<&'static str> {
    let shape: String = text
        .trim()
        .chars()
        .take(10)
        .map(|c| {
            if c.is_ascii_digit() || c.is_ascii_alphabetic() {
                '9'
            } else {
                c
            }
        })
        .collect();
    match shape.as_str() {
        "9999-99-99" => Some("%Y-%m-%d"),
        "9999/99/99" => Some("%Y/%m/%d"),
        "9999.99.99" => Some("%Y.%m.%d"),
        "99999999" => Some("%Y%m%d"),
        "9999年99月99" => Some("%Y年%m月%d日"),
        _ => None,
    }
}

/// The table whose row of headings has most words of ours.
fn table(page: &Page<'_>) -> Option<FoundTable> {
    let mut best: Option<(usize, FoundTable)> = None;
    for table in select(page.html, "table") {
        let rows = table.descendent_elements();
        let rows = rows
            .filter(|element| element.value().name() == "tr")
            .take(10);
        for row in rows {
            let cells = row.child_elements();
            let headings: Vec<String> =
                cells.map(text_of).filter(|text| !text.is_empty()).collect();
            let known = headings.iter().filter(|heading| {
                let heading = heading.to_lowercase();
                heading.chars().count() <= 12 && COLUMNS.iter().any(|word| heading.contains(word))
            });
            let known = known.count();
            // Of tables inside each other the inner one comes later and is the closer one.
            if known >= ENOUGH && best.as_ref().is_none_or(|(most, _)| known >= *most) {
                let selector = selector(table);
                best = Some((known, FoundTable { selector, headings }));
            }
        }
    }
    best.map(|(_, table)| table)
}

fn words_of(element: ElementRef<'_>) -> String {
    let text = text_of(element);
    if text.is_empty() {
        element.attr("value").unwrap_or_default().trim().to_owned()
    } else {
        text
    }
}

fn next(pressed: &[ElementRef<'_>]) -> Option<String> {
    let says = |element: &&ElementRef<'_>| {
        let words = words_of(**element).to_lowercase();
        NEXT.iter()
            .any(|next| words.trim_end_matches([' ', '>', '»']) == *next)
    };
    if let Some(link) = pressed.iter().find(says) {
        let by_id = link.value().id().and_then(|_| selector(*link));
        return Some(by_id.unwrap_or_else(|| format!("text={}", words_of(*link))));
    }
    // A grid that only has the numbers of its pages.
    let numbered = pressed.iter().any(|link| {
        let script = link.attr("href").unwrap_or_default();
        post_back(script).is_some_and(|(_, argument)| argument.starts_with("Page$"))
    });
    numbered.then(|| "a[href*=\"'Page${next}'\"]".to_owned())
}

fn export(pressed: &[ElementRef<'_>]) -> Option<String> {
    let link = pressed.iter().find(|element| {
        let words = words_of(**element).to_lowercase();
        EXPORT.iter().any(|export| words.contains(export))
    })?;
    let by_id = link.value().id().and_then(|_| selector(*link));
    Some(by_id.unwrap_or_else(|| format!("text={}", words_of(*link))))
}
