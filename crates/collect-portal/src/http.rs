//! A visit without a browser: forms, pages, files and JSON over plain requests.

use channelflow_collect::{Artifact, Landing};
use channelflow_model::Sentence;
use encoding_rs::{Encoding, UTF_8};
use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap};
use scraper::Html;

use crate::address::shown;
use crate::client::{Answer, Attempt, Body, Client, Request};
use crate::days::Span;
use crate::description::{Css, List, Method};
use crate::export;
use crate::form::{Form, Page, encoded};
use crate::json;
use crate::list::{self, Onward, Pages, Piece, by_number};
use crate::ready::Ready;
use crate::sign_in::{self, Standing};
use crate::trouble::Trouble;

/// Bytes one page may have; the largest list pages are a few megabytes.
pub(crate) const LARGEST_PAGE: u64 = 32 << 20;

/// One visit.
pub(crate) struct Http<'p> {
    ready: &'p Ready,
    client: Client<'p>,
    /// The question of the list at hand, where its form gave it.
    asked: Option<(Form, Url)>,
    /// What the portal says its time is, in seconds ahead of ours.
    pub(crate) clock_ahead: Option<i64>,
}

/// A page as text.
pub(crate) struct Text {
    /// Where it came from.
    pub(crate) url: Url,
    /// Its characters.
    pub(crate) words: String,
    /// How they were written.
    pub(crate) encoding: &'static Encoding,
}

impl Text {
    /// Reads it as a page. What is kept of it must be owned: a parsed page stays on its thread.
    pub(crate) fn parsed<T>(&self, read: impl FnOnce(&Page<'_>) -> T) -> T {
        self.parsed_where(false, read)
    }

    /// The same, where links and buttons may be `scripted`.
    pub(crate) fn parsed_where<T>(&self, scripted: bool, read: impl FnOnce(&Page<'_>) -> T) -> T {
        let html = Html::parse_document(&self.words);
        read(&Page {
            html: &html,
            url: &self.url,
            encoding: self.encoding,
            scripted,
        })
    }
}

impl<'p> Http<'p> {
    /// A visit that is not signed in.
    pub(crate) fn new(ready: &'p Ready) -> Self {
        let pace = &ready.portal.pace;
        Http {
            ready,
            client: Client::new(&ready.allowed, pace, ready.headers.clone()),
            asked: None,
            clock_ahead: None,
        }
    }

    /// An answer of somebody who is signed in. When the session is over, signs in again; then asks
    /// once more if the request `stands_alone`, and otherwise has its list begun again, because
    /// what it refers to went with the session.
    async fn ask(&mut self, request: &Request, stands_alone: bool) -> Result<Text, Trouble> {
        for attempt in 0..2 {
            let answer = self.client.page(request, LARGEST_PAGE).await?;
            let text = self.text(&answer);
            match sign_in::standing(self.ready, &answer.url, answer.status, &text) {
                Standing::In => return Ok(text),
                Standing::Forbidden(trouble) => return Err(trouble),
                Standing::Out if attempt == 1 => break,
                Standing::Out => {}
            }
            tracing::debug!(
                address = shown(&answer.url),
                "session over, signing in again"
            );
            self.sign_in().await?;
            if !stands_alone {
                return Err(Trouble::SignedOut);
            }
        }
        Err(Trouble::credentials(
            Sentence::new("portal_signed_out_again").fact("address", shown(&request.url)),
        ))
    }

    fn text(&mut self, answer: &Answer) -> Text {
        self.clock_ahead = ahead(&answer.headers).or(self.clock_ahead);
        let kind = answer.headers.get(CONTENT_TYPE);
        let kind = kind.map(|value| String::from_utf8_lossy(value.as_bytes()));
        let kind = kind.unwrap_or_default();
        let (words, encoding) = crate::text::decoded(&answer.bytes, self.ready.encoding, &kind);
        Text {
            url: answer.url.clone(),
            words,
            encoding,
        }
    }

    /// The answer to the question of a list.
    async fn question(&mut self, list: &List, span: Span) -> Result<Text, Trouble> {
        let page = self.ready.page(list, span)?;
        let Some(css) = &list.form else {
            let first = list.next.as_ref().filter(|next| by_number(next));
            let counted = first.and_then(|next| next.parameter.clone().zip(Some(next.first)));
            let request = self.request(list, span, counted)?;
            return self.ask(&request, true).await;
        };
        let fields = self.ready.fields(list, span)?;
        let text = self.ask(&Request::get(page), true).await?;
        let mut form = text.parsed(|page| page.form(Some(css), "form"))?;
        for (name, value) in &fields {
            form.fill(name, value, &text.url)?;
        }
        if let Some(next) = list.next.as_ref().filter(|next| by_number(next)) {
            let parameter = next.parameter.as_deref().unwrap_or_default();
            form.set(parameter, &next.first.to_string());
        }
        let request = form.request(&text.url);
        self.asked = Some((form, text.url));
        self.ask(&request, false).await
    }

    /// A question that needs no form.
    fn request(
        &self,
        list: &List,
        span: Span,
        more: Option<(String, impl ToString)>,
    ) -> Result<Request, Trouble> {
        let mut url = self.ready.page(list, span)?;
        let mut fields = self.ready.fields(list, span)?;
        let more = more.map(|(name, value)| (name, value.to_string()));
        if list.method == Method::Json {
            let mut object: serde_json::Map<String, serde_json::Value> = fields
                .into_iter()
                .map(|(name, value)| (name, value.into()))
                .collect();
            if let Some((name, value)) = more {
                // A page is a number to whoever counts pages, a cursor is a word.
                let number = value.parse::<u64>().map(serde_json::Value::from);
                object.insert(name, number.unwrap_or_else(|_| value.into()));
            }
            return Ok(Request {
                body: Some(Body {
                    content_type: "application/json",
                    bytes: serde_json::Value::Object(object).to_string().into_bytes(),
                }),
                ..Request::get(url)
            });
        }
        fields.extend(more);
        let pairs = fields.iter();
        let pairs = pairs.map(|(name, value)| (name.as_str(), value.as_str()));
        let written = encoded(pairs, self.ready.encoding.unwrap_or(UTF_8));
        if list.method == Method::Post {
            return Ok(Request::post(url, written));
        }
        if !written.is_empty() {
            let query = match url.query() {
                Some(query) if !query.is_empty() => format!("{query}&{written}"),
                _ => written,
            };
            url.set_query(Some(&query));
        }
        Ok(Request::get(url))
    }

    fn piece(text: &Text, list: &List, number: u64) -> Result<Piece, Trouble> {
        match &list.json {
            Some(json) => json::piece(&text.words, &text.url, list, json),
            None => text.parsed(|page| list::piece(&text.words, page, list, number)),
        }
    }

    /// What gives the file: the question itself, or a link or button on its answer.
    async fn export_request(
        &mut self,
        list: &List,
        span: Span,
        export: &Css,
    ) -> Result<Request, Trouble> {
        if export.text == export::ANSWER {
            let Some(css) = &list.form else {
                return self.request(list, span, None::<(String, u64)>);
            };
            let fields = self.ready.fields(list, span)?;
            let page = Request::get(self.ready.page(list, span)?);
            let text = self.ask(&page, true).await?;
            let mut form = text.parsed(|page| page.form(Some(css), "form"))?;
            for (name, value) in &fields {
                form.fill(name, value, &text.url)?;
            }
            return Ok(form.request(&text.url));
        }
        let text = self.question(list, span).await?;
        text.parsed(|page| {
            let pressed = export
                .select(page.html)
                .find_map(|element| page.press(element));
            pressed.ok_or_else(|| {
                Trouble::changed(
                    Sentence::new("portal_no_export")
                        .fact("selector", &export.text)
                        .fact("address", shown(page.url)),
                )
            })
        })
    }
}

impl Pages for Http<'_> {
    async fn sign_in(&mut self) -> Result<(), Trouble> {
        let Some(told) = &self.ready.portal.sign_in else {
            return Ok(());
        };
        let page = Request::get(self.ready.address(&told.page)?);
        let answer = self.client.page(&page, LARGEST_PAGE).await?;
        let text = self.text(&answer);
        let mut form = text.parsed(|page| page.form(told.form.as_ref(), sign_in::PASSWORD))?;
        for (name, value) in self.ready.credentials() {
            form.fill(name, value, &text.url)?;
        }
        let answer = self
            .client
            .page(&form.request(&text.url), LARGEST_PAGE)
            .await?;
        let text = self.text(&answer);
        sign_in::accepted(self.ready, told, &answer, &text)
    }

    async fn first(&mut self, list: &List, span: Span) -> Result<Piece, Trouble> {
        let text = self.question(list, span).await?;
        Self::piece(&text, list, 1)
    }

    async fn next(
        &mut self,
        list: &List,
        span: Span,
        number: u64,
        onward: Onward,
    ) -> Result<Piece, Trouble> {
        let told = list.next.as_ref();
        let parameter = told
            .and_then(|next| next.parameter.clone())
            .unwrap_or_default();
        let (request, stands_alone) = match onward {
            Onward::Press(request) => {
                let alone = list.form.is_none() && request.body.is_none();
                (request, alone)
            }
            Onward::Cursor(word) => (self.request(list, span, Some((parameter, word)))?, true),
            Onward::Nothing => {
                let counted = told.map_or(number, |next| next.first + next.step * (number - 1));
                if let Some((form, url)) = &mut self.asked
                    && list.form.is_some()
                {
                    form.set(&parameter, &counted.to_string());
                    (form.request(url), false)
                } else {
                    (self.request(list, span, Some((parameter, counted)))?, true)
                }
            }
        };
        let text = self.ask(&request, stands_alone).await?;
        Self::piece(&text, list, number)
    }

    async fn export(
        &mut self,
        list: &List,
        span: Span,
        landing: &Landing,
        most: u64,
    ) -> Result<(Artifact, String), Trouble> {
        let Some(export) = &list.export else {
            return Err(Trouble::Stopped);
        };
        for attempt in 0..2 {
            let request = match self.export_request(list, span, export).await {
                Err(Trouble::SignedOut) if attempt == 0 => continue,
                request => request?,
            };
            let mut patience = self.client.patience();
            let landed = loop {
                match self.download(&request, list, landing, most).await {
                    Ok(landed) => break landed,
                    Err(failed) => patience.after(failed).await?,
                }
            };
            match landed {
                Some(landed) => return Ok(landed),
                None if attempt == 0 => self.sign_in().await?,
                None => break,
            }
        }
        Err(Trouble::credentials(
            Sentence::new("portal_signed_out_again").fact("address", shown(&self.ready.base)),
        ))
    }
}

impl Http<'_> {
    /// A file into the landing area; `None` when the session is over.
    async fn download(
        &mut self,
        request: &Request,
        list: &List,
        landing: &Landing,
        most: u64,
    ) -> Result<Option<(Artifact, String)>, Attempt> {
        let seconds = self.ready.portal.pace.download_seconds;
        let opened = self.client.open(request, seconds).await?;
        export::receive(self.ready, opened, list, landing, most).await
    }
}

/// The portal's clock against ours.
fn ahead(headers: &HeaderMap) -> Option<i64> {
    let date = headers.get(DATE)?.to_str().ok()?;
    let theirs = jiff::fmt::rfc2822::parse(date).ok()?.timestamp();
    Some(theirs.as_second() - jiff::Timestamp::now().as_second())
}
