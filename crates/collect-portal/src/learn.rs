//! Proposes a description from pages, as TOML with comments for a person to finish. A proposal is a
//! beginning: what a page does not show, such as what it says when there is nothing, stays open.

use std::fmt::Write as _;
use std::path::Path;

use channelflow_model::messages::label;
use channelflow_model::{Lang, Sentence};
use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderMap};

use crate::address::Allowed;
use crate::client::{Client, Request};
use crate::description::Pace;
use crate::http::{LARGEST_PAGE, Text};
use crate::learn_page::{self, Found};
use crate::text::decoded;
use crate::trouble::{Secrets, Trouble};

/// Proposes a description from one or more pages: addresses, or pages saved with a browser. The one
/// with a password field shows how to sign in, the others become lists.
pub async fn learn(pages: &[String], lang: Lang) -> Result<String, Sentence> {
    let mut all = Vec::new();
    for page in pages {
        let text = page_at(page).await?;
        let found = text.parsed(learn_page::found);
        if found.is_nothing() {
            return Err(Sentence::new("portal_learn_nothing").fact("page", page));
        }
        all.push(found);
    }
    Ok(proposal(&all, lang))
}

async fn page_at(page: &str) -> Result<Text, Sentence> {
    if page.starts_with("http://") || page.starts_with("https://") {
        return fetched(page).await.map_err(|trouble| {
            let error = trouble.into_error(&Secrets::default());
            error.map_or_else(|| Sentence::new("portal_stopped"), |error| error.sentence)
        });
    }
    let unreadable = |error: &std::io::Error| {
        Sentence::new("portal_learn_unreadable")
            .fact("page", page)
            .because(error)
    };
    let bytes = tokio::fs::read(Path::new(page)).await;
    let bytes = bytes.map_err(|error| unreadable(&error))?;
    let (words, encoding) = decoded(&bytes, None, "");
    let url = saved_from(&words).or_else(|| Url::parse("https://portal.example.cn/").ok());
    let url = url.ok_or_else(|| Sentence::new("portal_learn_nothing").fact("page", page))?;
    Ok(Text {
        url,
        words,
        encoding,
    })
}

async fn fetched(page: &str) -> Result<Text, Trouble> {
    let url = Url::parse(page).map_err(|_| {
        Trouble::permanent(Sentence::new("portal_no_address").fact("address", page))
    })?;
    // A person typed it, so it may be an internal one.
    let allowed = Allowed {
        hosts: vec![url.host_str().unwrap_or_default().to_owned()],
        private: true,
    };
    let usual = Pace::default();
    let client = Client::new(&allowed, &usual, HeaderMap::new());
    let answer = client.page(&Request::get(url), LARGEST_PAGE).await?;
    let kind = answer.headers.get(CONTENT_TYPE);
    let kind = kind.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let (words, encoding) = decoded(&answer.bytes, None, &kind.unwrap_or_default());
    Ok(Text {
        url: answer.url,
        words,
        encoding,
    })
}

/// Where a browser says it saved a page from.
fn saved_from(words: &str) -> Option<Url> {
    let (_, after) = words.split_once("saved from url=(")?;
    let (_, address) = after.split_once(')')?;
    Url::parse(address.split_whitespace().next()?).ok()
}

fn proposal(pages: &[Found], lang: Lang) -> String {
    let mut text = String::new();
    let say = |text: &mut String, code: &'static str| {
        for line in label(lang, code).lines() {
            let _ = writeln!(text, "# {line}");
        }
    };
    say(&mut text, "portal_learn_head");
    let base = pages.first().map_or("", |page| &page.base);
    let _ = writeln!(text, "url = {}", quoted(base));
    if pages.iter().any(|page| page.internal) {
        say(&mut text, "portal_learn_private");
        text.push_str("private = true\n");
    }
    if pages.iter().any(|page| page.scripted) {
        say(&mut text, "portal_learn_browser");
        text.push_str("# browser = true\n");
    }
    if let Some((page, sign_in)) = pages
        .iter()
        .find_map(|page| Some((page, page.sign_in.as_ref()?)))
    {
        text.push('\n');
        say(&mut text, "portal_learn_sign_in");
        if sign_in.picture {
            say(&mut text, "portal_learn_picture");
        }
        let _ = writeln!(text, "[sign_in]\npage = {}", quoted(&page.page));
        let _ = writeln!(text, "fields = {}", table(&sign_in.fields));
        text.push_str("# success = 'a.logout'\n# failure = '.error'\n");
    }
    let mut lists = 0;
    for page in pages.iter().filter(|page| page.is_list()) {
        lists += 1;
        text.push('\n');
        say(&mut text, "portal_learn_list");
        let _ = writeln!(text, "[[list]]\nname = {}", quoted(page.kind));
        let _ = writeln!(text, "page = {}", quoted(&page.page));
        if let Some(form) = &page.form {
            let _ = writeln!(text, "form = {}", quoted(&form.selector));
            let _ = writeln!(text, "fields = {}", table(&form.fields));
            if let Some(date) = form.date {
                let _ = writeln!(text, "date = {}", quoted(date));
            }
        }
        if let Some(found) = &page.table {
            if let Some(selector) = &found.selector {
                let _ = writeln!(text, "table = {}", quoted(selector));
            }
            let headings: Vec<String> = found.headings.iter().map(|text| quoted(text)).collect();
            say(&mut text, "portal_learn_columns");
            let _ = writeln!(text, "columns = [{}]", headings.join(", "));
            say(&mut text, "portal_learn_empty");
            text.push_str("# empty = '没有符合条件的记录'\n");
            let stated = [("rows", page.rows), ("pages", page.pages)];
            let stated: Vec<(String, String)> = stated
                .into_iter()
                .filter_map(|(name, pattern)| Some((name.to_owned(), pattern?.to_owned())))
                .collect();
            if stated.is_empty() {
                say(&mut text, "portal_learn_stated");
                text.push_str("# stated = { rows = '共{}条' }\n");
            } else {
                let _ = writeln!(text, "stated = {}", table(&stated));
            }
            if let Some(next) = &page.next {
                let _ = writeln!(text, "next = {{ link = {} }}", quoted(next));
            }
        }
        if let Some(export) = &page.export {
            if page.table.is_some() {
                say(&mut text, "portal_learn_export");
                text.push_str("# ");
            }
            let _ = writeln!(text, "export = {}", quoted(export));
        }
    }
    if lists == 0 {
        text.push('\n');
        say(&mut text, "portal_learn_no_list");
    }
    text
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn table(fields: &[(String, String)]) -> String {
    let pairs = fields
        .iter()
        .map(|(name, value)| format!("{} = {}", quoted(name), quoted(value)));
    format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
}
