//! A whole list: all its pages, checked against what the portal states, or nothing of it.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};

use channelflow_collect::{Artifact, Landing};
use channelflow_model::Sentence;
use scraper::{ElementRef, Html};

use crate::client::Request;
use crate::days::Span;
use crate::description::{List, Next, Pace, Stated};
use crate::form::Page;
use crate::table::{self, Table, text_of};
use crate::text::{is_whole, number_in};
use crate::trouble::Trouble;

/// How often a list is begun again because a session ended in it.
const SESSIONS: u32 = 3;

/// One page of a list.
#[derive(Debug)]
pub(crate) struct Piece {
    /// Its rows under the headings.
    pub(crate) table: Table,
    /// Rows the whole list has, if the page states it.
    pub(crate) rows: Option<u64>,
    /// Pages the whole list has, if the page states it.
    pub(crate) pages: Option<u64>,
    /// What leads to the next page.
    pub(crate) onward: Onward,
}

/// What leads on from a page.
#[derive(Debug)]
pub(crate) enum Onward {
    /// Nothing that is found on the page.
    Nothing,
    /// A link or button.
    Press(Request),
    /// A word the next question must repeat.
    Cursor(String),
}

/// One visit to a portal: an HTTP client or a browser.
pub(crate) trait Pages: Send {
    /// Signs in, if the portal wants that.
    fn sign_in(&mut self) -> impl Future<Output = Result<(), Trouble>> + Send;

    /// The file that answers a question, into the landing area, and how its name ends.
    fn export(
        &mut self,
        list: &List,
        span: Span,
        landing: &Landing,
        most: u64,
    ) -> impl Future<Output = Result<(Artifact, String), Trouble>> + Send;

    /// Asks, and gives the first page.
    fn first(
        &mut self,
        list: &List,
        span: Span,
    ) -> impl Future<Output = Result<Piece, Trouble>> + Send;

    /// The page after this one; `number` counts from 1.
    fn next(
        &mut self,
        list: &List,
        span: Span,
        number: u64,
        onward: Onward,
    ) -> impl Future<Output = Result<Piece, Trouble>> + Send;
}

/// All rows of a list.
pub(crate) async fn whole(
    pages: &mut impl Pages,
    list: &List,
    span: Span,
    pace: &Pace,
    stop: &AtomicBool,
) -> Result<Table, Trouble> {
    let mut moved = 0;
    let mut sessions = 0;
    loop {
        match once(pages, list, span, pace, stop).await {
            Err(Trouble::Moved(_)) if moved == 0 => moved += 1,
            Err(Trouble::SignedOut) if sessions < SESSIONS => sessions += 1,
            done => return done,
        }
        tracing::debug!(list = list.name, moved, sessions, "list begun again");
    }
}

async fn once(
    pages: &mut impl Pages,
    list: &List,
    span: Span,
    pace: &Pace,
    stop: &AtomicBool,
) -> Result<Table, Trouble> {
    let mut piece = pages.first(list, span).await?;
    let stated = (piece.rows, piece.pages);
    let mut all = Table {
        header: piece.table.header.clone(),
        rows: Vec::new(),
    };
    let mut number = 1;
    loop {
        if piece.table.header != all.header {
            return Err(table::columns_changed(
                list,
                &all.header,
                &piece.table.header,
            ));
        }
        if (piece.rows, piece.pages) != stated {
            return Err(Trouble::Moved(counts(
                list,
                stated,
                (piece.rows, piece.pages),
            )));
        }
        let empty = piece.table.rows.is_empty();
        all.rows.append(&mut piece.table.rows.clone());
        let count = all.rows.len() as u64;
        let more = match (&list.next, &piece.onward, stated) {
            (None, _, _) => false,
            (Some(next), Onward::Nothing, (rows, told)) if by_number(next) => match (rows, told) {
                (_, Some(told)) => number < told,
                (Some(rows), None) => !empty && count < rows,
                (None, None) => !empty,
            },
            (Some(_), onward, _) => !matches!(onward, Onward::Nothing),
        };
        if !more {
            break;
        }
        if number >= pace.pages {
            return Err(Trouble::permanent(
                Sentence::new("portal_most_pages")
                    .fact("list", &list.name)
                    .fact("pages", pace.pages),
            ));
        }
        if stop.load(Ordering::Relaxed) {
            return Err(Trouble::Stopped);
        }
        number += 1;
        let before = match &piece.onward {
            Onward::Cursor(word) => Some(word.clone()),
            _ => None,
        };
        let next = pages.next(list, span, number, piece.onward).await?;
        // A portal that does not understand the question for a page shows the same one again.
        let repeats = match (&before, &next.onward) {
            (Some(before), Onward::Cursor(word)) => before == word,
            (Some(_), _) => false,
            (None, _) => !empty && next.table.rows == piece.table.rows,
        };
        if stated == (None, None) && repeats {
            return Err(Trouble::changed(
                Sentence::new("portal_page_repeats")
                    .fact("list", &list.name)
                    .fact("page", number),
            ));
        }
        piece = next;
    }
    let found = all.rows.len() as u64;
    let rows_agree = stated.0.is_none_or(|rows| rows == found);
    let pages_agree = stated
        .1
        .is_none_or(|pages| pages == number || pages == 0 && found == 0);
    if !(rows_agree && pages_agree) {
        let got = (stated.0.map(|_| found), stated.1.map(|_| number));
        return Err(Trouble::Moved(counts(list, stated, got)));
    }
    Ok(all)
}

/// Whether pages are asked for by their number.
pub(crate) fn by_number(next: &Next) -> bool {
    next.parameter.is_some() && next.cursor.is_none()
}

fn counts(
    list: &List,
    expected: (Option<u64>, Option<u64>),
    found: (Option<u64>, Option<u64>),
) -> Sentence {
    let shown = |count: Option<u64>| count.map_or("–".to_owned(), |count| count.to_string());
    Sentence::new("portal_counts")
        .fact("list", &list.name)
        .fact("rows", shown(expected.0))
        .fact("pages", shown(expected.1))
        .fact("found_rows", shown(found.0))
        .fact("found_pages", shown(found.1))
}

/// What a page of a list holds; `number` counts from 1.
pub(crate) fn piece(
    text: &str,
    page: &Page<'_>,
    list: &List,
    number: u64,
) -> Result<Piece, Trouble> {
    let about = |code| {
        Sentence::new(code)
            .fact("list", &list.name)
            .fact("address", crate::address::shown(page.url))
    };
    if !is_whole(text) {
        return Err(Trouble::Moved(about("portal_half_page")));
    }
    let said = shown_text(page.html);
    let found = table::table(page.html, list)?;
    let says_empty = list.empty.as_ref().is_some_and(|empty| says(&said, empty));
    let stated = list.stated.as_ref();
    let rows = stated.map(|stated| stated_number(page, stated, stated.rows.as_ref(), &said));
    let pages = stated.map(|stated| stated_number(page, stated, stated.pages.as_ref(), &said));
    let (rows, pages) = (rows.unwrap_or(Ok(None)), pages.unwrap_or(Ok(None)));
    let missing = [&rows, &pages].into_iter().find_map(|n| n.as_ref().err());
    let no_rows = found.as_ref().is_none_or(|table| table.rows.is_empty());
    let rows_known = rows.as_ref().is_ok_and(|rows| *rows == Some(0));
    if no_rows && (says_empty || rows_known) {
        return Ok(Piece {
            table: found.unwrap_or_else(|| Table {
                header: list.headings(),
                rows: Vec::new(),
            }),
            rows: Some(0).filter(|_| stated.is_some_and(|stated| stated.rows.is_some())),
            pages: pages.unwrap_or(None),
            onward: Onward::Nothing,
        });
    }
    let Some(table) = found else {
        return Err(Trouble::changed(
            about("portal_no_table")
                .fact("missing", crate::form::listed(&list.headings()))
                .fact("found", crate::form::listed(&headings(page.html))),
        ));
    };
    if let Some(pattern) = missing {
        return Err(Trouble::changed(
            about("portal_not_stated").fact("pattern", pattern),
        ));
    }
    if no_rows && (list.empty.is_some() || stated.is_some_and(|stated| stated.rows.is_some())) {
        // Neither rows nor the word that there are none; past the last page that is an end.
        let counted = list.next.as_ref().is_some_and(by_number);
        if !counted {
            return Err(Trouble::changed(about("portal_nothing_said")));
        }
    }
    Ok(Piece {
        table,
        rows: rows.unwrap_or(None),
        pages: pages.unwrap_or(None),
        onward: onward(page, list, number + 1)?,
    })
}

fn onward(page: &Page<'_>, list: &List, number: u64) -> Result<Onward, Trouble> {
    let Some((next, link)) = list
        .next
        .as_ref()
        .and_then(|next| Some((next, next.link.as_ref()?.to(number)?)))
    else {
        return Ok(Onward::Nothing);
    };
    let pressed = link
        .select(page.html)
        .find_map(|element| page.press(element));
    match (pressed, &next.last) {
        (Some(request), _) => Ok(Onward::Press(request)),
        (None, Some(end)) if end.select(page.html).next().is_none() => Err(Trouble::changed(
            Sentence::new("portal_no_next")
                .fact("list", &list.name)
                .fact("next", &link.text)
                .fact("last", &end.text),
        )),
        _ => Ok(Onward::Nothing),
    }
}

/// A stated number; the pattern it was looked for with when it is not there.
fn stated_number(
    page: &Page<'_>,
    stated: &Stated,
    pattern: Option<&String>,
    said: &str,
) -> Result<Option<u64>, String> {
    let Some(pattern) = pattern else {
        return Ok(None);
    };
    let found = match &stated.at {
        None => number_in(said, pattern),
        Some(css) => css
            .select(page.html)
            .find_map(|element| number_in(&text_of(element), pattern)),
    };
    found.map(Some).ok_or_else(|| pattern.clone())
}

/// What a reader of the page sees of it.
pub(crate) fn shown_text(html: &Html) -> String {
    let mut text = String::new();
    for node in html.root_element().descendants() {
        if let scraper::Node::Text(piece) = node.value() {
            let parent = node.parent().and_then(ElementRef::wrap);
            let name = parent.map_or("", |parent| parent.value().name());
            if !matches!(name, "script" | "style") {
                text.push_str(piece);
                text.push(' ');
            }
        }
    }
    text
}

/// Whether a text says a word, white space left aside.
pub(crate) fn says(text: &str, word: &str) -> bool {
    let bare = |text: &str| -> String { text.chars().filter(|c| !c.is_whitespace()).collect() };
    bare(text).contains(&bare(word))
}

/// First rows of the tables of a page, for a sentence about what was found instead.
fn headings(html: &Html) -> Vec<String> {
    let cells = crate::form::select(html, "tr:first-child > th, tr:first-child > td");
    let texts = cells.into_iter().map(text_of);
    texts.filter(|text| !text.is_empty()).collect()
}
