//! The collector of a portal: signs in, asks list by list for the days that are due, and lands
//! each answer whole.

use channelflow_collect::{
    Arrival, Artifact, Collection, Collector, Cursor, Failure, Probe, SourceError, Version, Visit,
};
use channelflow_model::Sentence;
use channelflow_model::finding::{Finding, Place, Severity};
use futures::future::BoxFuture;

use crate::browser;
use crate::days::{self, Span};
use crate::description::List;
use crate::http::Http;
use crate::land;
use crate::list::{self, Pages};
use crate::ready::Ready;
use crate::trouble::Trouble;

/// Rows a probe shows.
const SHOWN: usize = 5;

/// A portal.
pub(crate) struct PortalCollector {
    /// Its checked description.
    pub(crate) ready: Ready,
    /// The source's name.
    pub(crate) source: String,
}

impl Collector for PortalCollector {
    fn collect<'a>(&'a self, visit: &'a Visit<'_>) -> BoxFuture<'a, Collection> {
        Box::pin(async move {
            if self.ready.portal.browser {
                browser::collect(self, visit).await
            } else {
                self.lists(&mut Http::new(&self.ready), visit).await
            }
        })
    }

    fn acknowledge<'a>(&'a self, _names: &'a [String]) -> BoxFuture<'a, Result<(), SourceError>> {
        // A portal keeps no record of what was taken.
        Box::pin(std::future::ready(Ok(())))
    }

    fn probe<'a>(&'a self, visit: &'a Visit<'_>) -> BoxFuture<'a, Result<Probe, SourceError>> {
        Box::pin(async move {
            if self.ready.portal.browser {
                return browser::probe(self, visit).await;
            }
            let mut pages = Http::new(&self.ready);
            let mut probe = self.looks(&mut pages, visit).await?;
            probe.clock_ahead = pages.clock_ahead;
            Ok(probe)
        })
    }
}

impl PortalCollector {
    /// Everything that is due.
    pub(crate) async fn lists(&self, pages: &mut impl Pages, visit: &Visit<'_>) -> Collection {
        let mut collection = Collection::default();
        if let Err(trouble) = pages.sign_in().await {
            collection.failed = trouble.into_error(&self.ready.secrets);
            return collection;
        }
        for list in &self.ready.portal.list {
            let Err(trouble) = self.list(pages, list, visit, &mut collection).await else {
                continue;
            };
            let Some(error) = trouble.into_error(&self.ready.secrets) else {
                break;
            };
            // A list that changed says nothing about the others; a portal that is gone does.
            let go_on = error.failure == Failure::Changed;
            match &collection.failed {
                None => collection.failed = Some(error),
                Some(_) => collection.findings.push(self.finding(&error.sentence)),
            }
            if !go_on {
                break;
            }
        }
        collection
    }

    /// The days of one list that are due, in order; a day after one that failed is not asked for,
    /// or nobody would ask for the failed one again.
    async fn list(
        &self,
        pages: &mut impl Pages,
        list: &List,
        visit: &Visit<'_>,
        collection: &mut Collection,
    ) -> Result<(), Trouble> {
        let cursor = visit.known.cursors.get(&list.name);
        for span in days::questions(list, cursor.map(String::as_str), visit.today) {
            if visit.is_stopped() {
                return Err(Trouble::Stopped);
            }
            let (artifact, extension) = self.answer(pages, list, span, visit).await?;
            let name = span.file_name(list, &extension);
            tracing::info!(source = self.source, file = name, "portal list collected");
            collection.arrivals.push(Arrival {
                name,
                folder: None,
                version: Version {
                    size: artifact.bytes,
                    mtime_ns: 0,
                },
                artifact,
                cursor: Some(Cursor {
                    resource: list.name.clone(),
                    value: span.last().to_string(),
                }),
            });
        }
        Ok(())
    }

    async fn answer(
        &self,
        pages: &mut impl Pages,
        list: &List,
        span: Span,
        visit: &Visit<'_>,
    ) -> Result<(Artifact, String), Trouble> {
        if list.export.is_some() {
            return pages
                .export(list, span, visit.landing, visit.most_bytes)
                .await;
        }
        let pace = &self.ready.portal.pace;
        let table = list::whole(pages, list, span, pace, visit.stop).await?;
        let bytes = land::csv(&table).map_err(|error| {
            Trouble::permanent(Sentence::new("portal_landing").fact("error", error))
        })?;
        let name = span.file_name(list, "csv");
        let artifact = land::land(visit.landing, &name, visit.most_bytes, bytes).await?;
        Ok((artifact, "csv".to_owned()))
    }

    /// The first page of every list.
    pub(crate) async fn looks(
        &self,
        pages: &mut impl Pages,
        visit: &Visit<'_>,
    ) -> Result<Probe, SourceError> {
        let secrets = &self.ready.secrets;
        let said = |trouble: Trouble| {
            let stopped = || SourceError::new(Failure::Permanent, Sentence::new("portal_stopped"));
            trouble.into_error(secrets).unwrap_or_else(stopped)
        };
        pages.sign_in().await.map_err(said)?;
        let mut probe = Probe::default();
        for list in &self.ready.portal.list {
            let due = days::questions(list, None, visit.today);
            // The newest days, which are the likeliest to hold something.
            let Some(span) = due.last().copied() else {
                continue;
            };
            if list.export.is_some() {
                let landing = pages.export(list, span, visit.landing, visit.most_bytes);
                let (artifact, extension) = landing.await.map_err(said)?;
                let name = span.file_name(list, &extension);
                probe.found.push(format!("{name} ({} B)", artifact.bytes));
                continue;
            }
            let first = match pages.first(list, span).await {
                // The session began a moment ago; some portals still want it twice.
                Err(Trouble::SignedOut) => pages.first(list, span).await,
                first => first,
            };
            let first = first.map_err(said)?;
            let all = first
                .rows
                .map_or(String::new(), |rows| format!(" / {rows}"));
            let name = span.file_name(list, "csv");
            let rows = first.table.rows.len();
            probe.found.push(format!("{name} ({rows}{all})"));
            if probe.rows.is_empty() {
                probe.rows.push(first.table.header);
                probe.rows.extend(first.table.rows.into_iter().take(SHOWN));
            }
        }
        Ok(probe)
    }

    fn finding(&self, sentence: &Sentence) -> Finding {
        let place = Place {
            file: Some(self.source.clone()),
            ..Place::default()
        };
        Finding::said(sentence, Severity::Error, place)
    }
}
