//! The description of a portal as it stands in its TOML file. `docs/sources/portals.md` explains
//! every key; what is not one of them is refused.

use std::collections::BTreeMap;

use channelflow_model::Day;
use scraper::{ElementRef, Html, Selector};
use serde::Deserialize;

use crate::table::text_of;

/// One portal.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Portal {
    /// Where it is; other addresses are relative to it.
    pub(crate) url: String,
    /// Encoding of its pages where they do not say it, or say it wrongly.
    pub(crate) encoding: Option<String>,
    /// Other hosts it may lead to.
    #[serde(default)]
    pub(crate) hosts: Vec<String>,
    /// Whether it stands in an internal network.
    #[serde(default)]
    pub(crate) private: bool,
    /// Whether it needs a browser.
    #[serde(default)]
    pub(crate) browser: bool,
    /// Headers of every request.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    /// How to sign in.
    pub(crate) sign_in: Option<SignIn>,
    /// How fast.
    #[serde(default)]
    pub(crate) pace: Pace,
    /// What is taken from it.
    pub(crate) list: Vec<List>,
}

/// `[sign_in]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    /// The page with the form.
    pub(crate) page: String,
    /// The form; without it the one with a password field.
    pub(crate) form: Option<Css>,
    /// What is typed, by the names of the fields; hidden ones are taken from the page.
    pub(crate) fields: BTreeMap<String, String>,
    /// Stands only on pages of somebody who is signed in.
    pub(crate) success: Option<Css>,
    /// Where the portal says why it refuses.
    pub(crate) failure: Option<Css>,
    /// Stands on a page when the session is over; without it a password field.
    pub(crate) expired: Option<Css>,
    /// A text that says the same, for answers that are no pages.
    pub(crate) expired_text: Option<String>,
}

/// `[pace]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Pace {
    /// Connections to one host at the same time, over all portals.
    pub(crate) connections: usize,
    /// From the beginning of one request to the next.
    pub(crate) pause_ms: u64,
    /// How often a failure that may pass is tried again.
    pub(crate) retries: usize,
    /// Before the first of these; each further one waits twice as long.
    pub(crate) back_off_ms: u64,
    /// For one page, from the request to its last byte.
    pub(crate) timeout_seconds: u64,
    /// For one file.
    pub(crate) download_seconds: u64,
    /// Pages one list may have.
    pub(crate) pages: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Pace {
            connections: 2,
            pause_ms: 200,
            retries: 4,
            back_off_ms: 1_000,
            timeout_seconds: 60,
            download_seconds: 600,
            pages: 500,
        }
    }
}

/// `[[list]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {
    /// Names its files; a word that says the kind, as a person would name the file.
    pub(crate) name: String,
    /// The page with the form, or the one with the table.
    pub(crate) page: String,
    /// How `fields` are sent when there is no form.
    #[serde(default)]
    pub(crate) method: Method,
    /// The form that asks.
    pub(crate) form: Option<Css>,
    /// What is asked, by the names of the fields.
    #[serde(default)]
    pub(crate) fields: BTreeMap<String, String>,
    /// How `{from}`, `{to}` and `{day}` are written.
    #[serde(default = "iso")]
    pub(crate) date: String,
    /// Days that are asked for again.
    #[serde(default = "a_week")]
    pub(crate) days: u16,
    /// The first day of all; without it the first visit asks for `days`.
    #[serde(default, deserialize_with = "day")]
    pub(crate) first_day: Option<Day>,
    /// Days one question may span.
    pub(crate) most_days: Option<u16>,
    /// The table; without it the one with the expected headings.
    pub(crate) table: Option<Css>,
    /// Headings the table must have. Of JSON: the keys, or pairs of heading and key.
    #[serde(default)]
    pub(crate) columns: Vec<Column>,
    /// Rows of the table that are none: sums, pagers.
    pub(crate) skip: Option<Css>,
    /// What the page says when there are no rows.
    pub(crate) empty: Option<String>,
    /// Where the page states how much there is.
    pub(crate) stated: Option<Stated>,
    /// How the next page is reached.
    pub(crate) next: Option<Next>,
    /// The link or button that gives a file; `answer` when the question itself is answered by one.
    pub(crate) export: Option<Css>,
    /// When the answer is JSON.
    pub(crate) json: Option<Json>,
}

/// How fields are sent without a form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Method {
    /// In the address.
    #[default]
    Get,
    /// As a form would.
    Post,
    /// As a JSON object.
    Json,
}

/// `stated`: how many rows or pages there are, as text of the page around a number.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stated {
    /// The element that says it; without it the whole page.
    pub(crate) at: Option<Css>,
    /// `共{}条`: `{}` is the number of rows. Of JSON: where it stands, `/data/total`.
    pub(crate) rows: Option<String>,
    /// `共{}页`: `{}` is the number of pages.
    pub(crate) pages: Option<String>,
}

/// `next`: a link, or a number in the address, or a word from the last answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Next {
    /// The link or button to the next page; `__doPostBack` is understood.
    pub(crate) link: Option<Link>,
    /// Stands on the last page only; then a page with neither is not believed.
    pub(crate) last: Option<Css>,
    /// The field with the number of the page, or with the cursor.
    pub(crate) parameter: Option<String>,
    /// The number of the first page.
    #[serde(default = "one")]
    pub(crate) first: u64,
    /// Added for each further page: 1 where pages are counted, the size of a page where rows are.
    #[serde(default = "one")]
    pub(crate) step: u64,
    /// Of JSON: where the cursor of the next page stands.
    pub(crate) cursor: Option<String>,
}

/// `json`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Json {
    /// Where the rows stand: `/data/rows`.
    pub(crate) items: String,
}

/// An expected column.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Column {
    /// Its heading, which of JSON is also its key.
    Heading(String),
    /// Its heading and its key; a key that begins with `/` leads further in.
    Keyed([String; 2]),
}

impl Column {
    /// Its heading.
    pub(crate) fn heading(&self) -> &str {
        match self {
            Column::Heading(heading) | Column::Keyed([heading, _]) => heading,
        }
    }

    /// Its key in a JSON object.
    pub(crate) fn key(&self) -> &str {
        match self {
            Column::Heading(key) | Column::Keyed([_, key]) => key,
        }
    }
}

/// What a click looks for.
const PRESSED: &str = "a, button, input[type=submit i], input[type=button i]";

/// Where on a page: a CSS selector, or `text=` and the words on a link or button. Checked when the
/// description is read.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Css {
    /// As written.
    pub(crate) text: String,
    selector: Selector,
    words: Option<String>,
}

impl Css {
    /// The elements it means.
    pub(crate) fn select<'h>(&self, html: &'h Html) -> impl Iterator<Item = ElementRef<'h>> {
        html.select(&self.selector)
            .filter(|element| self.says(*element))
    }

    /// Whether it means this element.
    pub(crate) fn is(&self, element: ElementRef<'_>) -> bool {
        self.selector.matches(&element) && self.says(element)
    }

    fn says(&self, element: ElementRef<'_>) -> bool {
        let Some(words) = &self.words else {
            return true;
        };
        text_of(element) == *words || element.attr("value").map(str::trim) == Some(words)
    }
}

impl TryFrom<String> for Css {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let words = text
            .strip_prefix("text=")
            .map(|words| words.trim().to_owned());
        let written = words.as_ref().map_or(text.as_str(), |_| PRESSED);
        match Selector::parse(written) {
            Ok(selector) => Ok(Css {
                text,
                selector,
                words,
            }),
            Err(error) => Err(format!("`{text}` is no CSS selector: {error}")),
        }
    }
}

/// A link to the next page, whose number may stand in it as `{next}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Link(String);

impl Link {
    /// The link to the page of this number.
    pub(crate) fn to(&self, page: u64) -> Option<Css> {
        Css::try_from(self.0.replace("{next}", &page.to_string())).ok()
    }
}

impl TryFrom<String> for Link {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Css::try_from(text.replace("{next}", "2")).map(|_| Link(text))
    }
}

impl List {
    /// The headings its table must have.
    pub(crate) fn headings(&self) -> Vec<String> {
        let headings = self.columns.iter().map(Column::heading);
        headings.map(str::to_owned).collect()
    }

    /// Whether it asks for days; otherwise it shows what is so today.
    pub(crate) fn asks_for_days(&self) -> bool {
        let mut texts = self.fields.values().chain([&self.page]);
        texts.any(|text| text.contains("{from}") || text.contains("{to}"))
    }

    /// What contradicts itself, if something does.
    pub(crate) fn contradiction(&self) -> Option<String> {
        let name = &self.name;
        let way = self.next.as_ref().map(|next| {
            let ways = [next.link.is_some(), next.parameter.is_some()];
            ways.iter().filter(|given| **given).count()
        });
        let needs_columns = self.export.is_none() && self.columns.is_empty();
        let said = if name.trim().is_empty() || name.contains(['/', '\\']) {
            "`name` names files and can neither be empty nor hold a slash".to_owned()
        } else if needs_columns {
            format!("list `{name}` needs `columns`, or nobody would notice that they changed")
        } else if way.is_some_and(|ways| ways != 1) {
            format!("`next` of list `{name}` needs either `link` or `parameter`")
        } else if self.json.is_some() && self.form.is_some() {
            format!("list `{name}` is JSON and has no form")
        } else if self.most_days == Some(0) {
            format!("`most_days` of list `{name}` is at least 1")
        } else {
            return None;
        };
        Some(said)
    }
}

fn iso() -> String {
    "%Y-%m-%d".to_owned()
}

fn a_week() -> u16 {
    7
}

fn one() -> u64 {
    1
}

fn day<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Day>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Day::from_iso(&text)
        .map(Some)
        .ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no day like 2026-01-31")))
}
