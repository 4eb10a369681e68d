//! A visit with a real browser, for portals that are nothing without JavaScript: the same
//! description, the same reading of pages, but what is asked is typed and clicked.
//!
//! The driver's library logs every command, and with it what is typed. So a whole visit happens
//! without a log.

use std::time::{Duration, Instant};

use channelflow_collect::{Artifact, Collection, Failure, Landing, Probe, SourceError, Visit};
use channelflow_model::Sentence;
use encoding_rs::UTF_8;
use reqwest::Url;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

use crate::address::shown;
use crate::collector::PortalCollector;
use crate::days::Span;
use crate::description::{List, SignIn};
use crate::driver::{Driver, cause};
use crate::export::{self, ANSWER};
use crate::form::listed;
use crate::http::Text;
use crate::land::Sink;
use crate::list::{self, Onward, Pages, Piece};
use crate::ready::Ready;
use crate::sign_in;
use crate::trouble::Trouble;

/// Browsers at the same time; each takes some hundred megabytes.
static BROWSERS: Semaphore = Semaphore::const_new(2);

/// Between two looks at a page.
const LOOK: Duration = Duration::from_millis(100);

/// What is done inside a page: filling in, clicking, marking what is old.
const SCRIPT: &str = include_str!("browser.js");

/// One visit.
struct Browser<'p> {
    ready: &'p Ready,
    driver: Driver,
}

/// Everything that is due.
pub(crate) async fn collect(collector: &PortalCollector, visit: &Visit<'_>) -> Collection {
    let visiting = async {
        let _turn = BROWSERS.acquire().await;
        match Driver::start(&collector.ready).await {
            Err(trouble) => Collection {
                failed: trouble.into_error(&collector.ready.secrets),
                ..Collection::default()
            },
            Ok(driver) => {
                let ready = &collector.ready;
                let mut browser = Browser { ready, driver };
                let collection = collector.lists(&mut browser, visit).await;
                browser.driver.stop().await;
                collection
            }
        }
    };
    visiting.with_subscriber(NoSubscriber::default()).await
}

/// The first page of every list.
pub(crate) async fn probe(
    collector: &PortalCollector,
    visit: &Visit<'_>,
) -> Result<Probe, SourceError> {
    let visiting = async {
        let _turn = BROWSERS.acquire().await;
        let ready = &collector.ready;
        let driver = Driver::start(ready).await.map_err(|trouble| {
            let stopped = || SourceError::new(Failure::Permanent, Sentence::new("portal_stopped"));
            trouble.into_error(&ready.secrets).unwrap_or_else(stopped)
        })?;
        let mut browser = Browser { ready, driver };
        let probe = collector.looks(&mut browser, visit).await;
        browser.driver.stop().await;
        probe
    };
    visiting.with_subscriber(NoSubscriber::default()).await
}

impl Browser<'_> {
    fn timeout(&self) -> Duration {
        Duration::from_secs(self.ready.portal.pace.timeout_seconds)
    }

    async fn goto(&self, url: &Url) -> Result<(), Trouble> {
        self.ready.allowed.check(url)?;
        tokio::time::sleep(Duration::from_millis(self.ready.portal.pace.pause_ms)).await;
        self.driver
            .web
            .goto(url.as_str())
            .await
            .map_err(|error| failed(&error))
    }

    /// Runs one of the functions of the script.
    async fn run(&self, function: &str, argument: Value) -> Result<Value, Trouble> {
        let script = format!("{SCRIPT}\nreturn {function}(arguments[0]);");
        let answer = self.driver.web.execute(script, vec![argument]).await;
        Ok(answer.map_err(|error| failed(&error))?.json().clone())
    }

    async fn page(&self) -> Result<Text, Trouble> {
        let web = &self.driver.web;
        let words = web.source().await.map_err(|error| failed(&error))?;
        let url = web.current_url().await.map_err(|error| failed(&error))?;
        Ok(Text {
            words,
            url: Url::parse(url.as_str()).unwrap_or_else(|_| self.ready.base.clone()),
            encoding: UTF_8,
        })
    }

    /// Looks until `see` answers or refuses.
    async fn wait<T>(
        &self,
        what: &str,
        see: impl Fn(&Text) -> Result<Option<T>, Trouble> + Send,
    ) -> Result<T, Trouble> {
        let began = Instant::now();
        loop {
            let page = self.page().await?;
            let late = began.elapsed() > self.timeout();
            match see(&page) {
                Ok(Some(seen)) => return Ok(seen),
                Err(trouble) => return Err(trouble),
                Ok(None) if late => {
                    return Err(Trouble::changed(
                        Sentence::new("portal_not_shown")
                            .fact("selector", what)
                            .fact("seconds", self.ready.portal.pace.timeout_seconds)
                            .fact("address", shown(&page.url)),
                    ));
                }
                Ok(None) => tokio::time::sleep(LOOK).await,
            }
        }
    }

    /// Fills in a form and clicks its button, once all fields are there.
    async fn fill(
        &self,
        form: Option<&str>,
        marked: &str,
        fields: &[(String, String)],
    ) -> Result<(), Trouble> {
        let began = Instant::now();
        let argument = json!({"form": form, "marked": marked, "fields": fields});
        loop {
            let answer = self.run("channelflowFill", argument.clone()).await?;
            if answer == json!("done") {
                return Ok(());
            }
            if began.elapsed() > self.timeout() {
                let page = self.page().await?;
                self.signed_out(&page)?;
                let names = answer.get("found").and_then(Value::as_array);
                let names = names.into_iter().flatten().filter_map(Value::as_str);
                let found = listed(&names.map(str::to_owned).collect::<Vec<_>>());
                let said = match answer.get("missing").and_then(Value::as_str) {
                    Some(field) => Sentence::new("portal_no_field").fact("field", field),
                    None => {
                        Sentence::new("portal_no_form").fact("selector", form.unwrap_or(marked))
                    }
                };
                let said = said.fact("address", shown(&page.url)).fact("found", found);
                return Err(Trouble::changed(said));
            }
            // A session that ended shows another form at once.
            if answer.get("missing").is_some_and(Value::is_null) {
                self.signed_out(&self.page().await?)?;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    fn signed_out(&self, page: &Text) -> Result<(), Trouble> {
        match &self.ready.portal.sign_in {
            Some(told) if sign_in::asks_to_sign_in(told, page) => Err(Trouble::SignedOut),
            _ => Ok(()),
        }
    }

    /// Opens the page of a list and asks.
    async fn ask(&self, list: &List, span: Span) -> Result<(), Trouble> {
        self.goto(&self.ready.page(list, span)?).await?;
        let Some(form) = &list.form else {
            return Ok(());
        };
        let fields = self.ready.fields(list, span)?;
        self.fill(Some(&form.text), "form", &fields).await
    }

    /// The page of a list once it is new and no longer changes.
    async fn shown(&mut self, list: &List, number: u64) -> Result<Piece, Trouble> {
        let began = Instant::now();
        let mut before = String::new();
        loop {
            let page = self.page().await?;
            let piece =
                page.parsed_where(true, |shown| list::piece(&page.words, shown, list, number));
            let late = began.elapsed() > self.timeout();
            let table = list.table.as_ref().map_or("table", |css| &css.text);
            let fresh = self
                .run("channelflowIsNew", json!({"table": table}))
                .await?;
            let steady = page.words == before;
            match piece {
                Ok(piece) if fresh == json!(true) && steady => return Ok(piece),
                Ok(_) if late => {
                    return Err(Trouble::changed(
                        Sentence::new("portal_not_shown")
                            .fact("selector", table)
                            .fact("seconds", self.ready.portal.pace.timeout_seconds)
                            .fact("address", shown(&page.url)),
                    ));
                }
                Err(trouble) => {
                    if let Err(out) = self.signed_out(&page) {
                        self.sign_in().await?;
                        return Err(out);
                    }
                    if late {
                        return Err(trouble);
                    }
                }
                Ok(_) => {}
            }
            before = page.words;
            tokio::time::sleep(LOOK).await;
        }
    }
}

impl Pages for Browser<'_> {
    async fn sign_in(&mut self) -> Result<(), Trouble> {
        let Some(told) = &self.ready.portal.sign_in else {
            return Ok(());
        };
        self.goto(&self.ready.address(&told.page)?).await?;
        let fields = self.ready.credentials();
        let fields: Vec<_> = fields.map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        let form = told.form.as_ref().map(|css| css.text.as_str());
        match self.fill(form, sign_in::PASSWORD, &fields).await {
            // The page to sign in asks to sign in; that is no session that ended.
            Err(Trouble::SignedOut) => {
                let said = Sentence::new("portal_no_form")
                    .fact("selector", form.unwrap_or(sign_in::PASSWORD))
                    .fact("address", &told.page)
                    .fact("found", "–");
                return Err(Trouble::changed(said));
            }
            filled => filled?,
        }
        let what = told.success.as_ref().map_or("–", |css| &css.text);
        self.wait(what, |page| accepted(told, page)).await
    }

    async fn first(&mut self, list: &List, span: Span) -> Result<Piece, Trouble> {
        match self.ask(list, span).await {
            Err(Trouble::SignedOut) => {
                self.sign_in().await?;
                self.ask(list, span).await?;
            }
            asked => asked?,
        }
        self.shown(list, 1).await
    }

    async fn next(
        &mut self,
        list: &List,
        _span: Span,
        number: u64,
        _onward: Onward,
    ) -> Result<Piece, Trouble> {
        tokio::time::sleep(Duration::from_millis(self.ready.portal.pace.pause_ms)).await;
        let link = list
            .next
            .as_ref()
            .and_then(|next| next.link.as_ref()?.to(number));
        let link = link.map_or(String::new(), |css| css.text);
        self.run("channelflowClick", json!({"selector": link}))
            .await?;
        self.shown(list, number).await
    }

    async fn export(
        &mut self,
        list: &List,
        span: Span,
        landing: &Landing,
        most: u64,
    ) -> Result<(Artifact, String), Trouble> {
        let folder = self.driver.downloads();
        // What an earlier list left there is not this list's file.
        let _ = tokio::fs::remove_dir_all(&folder).await;
        match self.ask(list, span).await {
            Err(Trouble::SignedOut) => {
                self.sign_in().await?;
                self.ask(list, span).await?;
            }
            asked => asked?,
        }
        let export = list.export.as_ref().map_or(ANSWER, |css| &css.text);
        if export != ANSWER {
            let click = json!({"selector": export});
            let began = Instant::now();
            while self.run("channelflowClick", click.clone()).await? != json!(true) {
                self.signed_out(&self.page().await?)?;
                if began.elapsed() > self.timeout() {
                    return Err(Trouble::changed(
                        Sentence::new("portal_no_export")
                            .fact("selector", export)
                            .fact("address", shown(&self.ready.base)),
                    ));
                }
                tokio::time::sleep(LOOK).await;
            }
        }
        let seconds = self.ready.portal.pace.download_seconds;
        let file = downloaded(&folder, list, seconds, most).await?;
        let bytes = tokio::fs::read(&file).await;
        let bytes = bytes.map_err(|error| {
            Trouble::transient(Sentence::new("portal_browser").fact("cause", error))
        })?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let extension = export::ending(&name, &bytes, false);
        let sink = Sink::new(landing, &format!("{}.{extension}", list.name), most);
        sink.take(bytes).await;
        Ok((sink.finish().await?, extension))
    }
}

/// The file a browser has written to its end.
async fn downloaded(
    folder: &std::path::Path,
    list: &List,
    seconds: u64,
    most: u64,
) -> Result<std::path::PathBuf, Trouble> {
    let began = Instant::now();
    let mut before = None;
    loop {
        let mut found = Vec::new();
        if let Ok(mut entries) = tokio::fs::read_dir(folder).await {
            while let Ok(Some(entry)) = entries.next_entry().await {
                let size = entry.metadata().await.map_or(0, |metadata| metadata.len());
                found.push((entry.path(), size));
            }
        }
        if found.iter().any(|(_, size)| *size > most) {
            return Err(Trouble::permanent(
                Sentence::new("portal_too_large")
                    .fact("address", &list.name)
                    .fact("most", most),
            ));
        }
        // While it comes, it has another ending and perhaps an empty namesake beside it.
        let coming = found.iter().any(|(path, _)| {
            path.extension()
                .is_some_and(|ending| ending == "crdownload")
        });
        if let [(path, size)] = found.as_slice()
            && !coming
            && before == Some(*size)
            && *size > 0
        {
            return Ok(path.clone());
        }
        before = found.first().map(|(_, size)| *size);
        if began.elapsed() > Duration::from_secs(seconds) {
            return Err(Trouble::transient(
                Sentence::new("portal_too_slow")
                    .fact("address", &list.name)
                    .fact("seconds", seconds),
            ));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Whether a browser's page shows that the account was taken; not yet, or that it was not.
fn accepted(told: &SignIn, page: &Text) -> Result<Option<()>, Trouble> {
    if let Some(said) = sign_in::refusal(told, page) {
        return Err(sign_in::refused(&page.url, &said));
    }
    let signed_in = match &told.success {
        Some(css) => page.parsed(|page| css.select(page.html).next().is_some()),
        None => !sign_in::asks_to_sign_in(told, page),
    };
    Ok(signed_in.then_some(()))
}

fn failed(error: &thirtyfour::error::WebDriverError) -> Trouble {
    Trouble::transient(Sentence::new("portal_browser").fact("cause", cause(error)))
}
