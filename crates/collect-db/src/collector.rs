//! The collector: every resource of a description, one after the other.

use channelflow_collect::{Collection, Collector, Failure, Probe, SourceError, Visit};
use channelflow_model::DayRange;
use channelflow_model::finding::{Finding, Place, Severity};
use futures::FutureExt;
use futures::future::BoxFuture;
use tracing::instrument::WithSubscriber as _;
use tracing::subscriber::NoSubscriber;

use crate::description::{Engine, Resource, Server};
use crate::export::Export;
use crate::sink::{Halt, Sample, Sink};
use crate::window::{read_to, window};
use crate::{mysql, postgres, sqlite, sqlserver};

/// Days a probe counts rows of.
const PROBED: i64 = 7;

/// A database with its resources.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) server: Server,
    pub(crate) resources: Vec<Resource>,
}

impl Collector for Database {
    fn collect<'a>(&'a self, visit: &'a Visit<'_>) -> BoxFuture<'a, Collection> {
        self.visit(visit).boxed()
    }

    fn acknowledge<'a>(&'a self, _names: &'a [String]) -> BoxFuture<'a, Result<(), SourceError>> {
        // A database is only ever read.
        futures::future::ready(Ok(())).boxed()
    }

    fn probe<'a>(&'a self, visit: &'a Visit<'_>) -> BoxFuture<'a, Result<Probe, SourceError>> {
        self.look(visit).boxed()
    }
}

impl Database {
    async fn visit(&self, visit: &Visit<'_>) -> Collection {
        let mut collection = Collection::default();
        for resource in &self.resources {
            if visit.is_stopped() {
                break;
            }
            let error = match self.export(visit, resource, &mut collection).await {
                Ok(()) => continue,
                Err(Halt::Stopped) => break,
                Err(Halt::Failed(error)) => error,
            };
            let all = matches!(error.failure, Failure::Transient | Failure::Credentials);
            if collection.failed.is_none() {
                collection.failed = Some(error);
            } else {
                let place = Place {
                    file: Some(resource.name.clone()),
                    ..Place::default()
                };
                let finding = Finding::said(&error.sentence, Severity::Error, place);
                collection.findings.push(finding);
            }
            // A server that does not answer one query answers no other; a query that is wrong is
            // nobody else's.
            if all {
                break;
            }
        }
        collection
    }

    async fn export(
        &self,
        visit: &Visit<'_>,
        resource: &Resource,
        collection: &mut Collection,
    ) -> Result<(), Halt> {
        let cursor = visit.known.cursors.get(&resource.name);
        let cursor = cursor.map(String::as_str);
        let wrong = |sentence| Halt::failed(Failure::Permanent, sentence);
        let Some(range) = window(resource, cursor, visit.today).map_err(wrong)? else {
            return Ok(());
        };
        let read_to = read_to(resource, cursor).map_err(wrong)?;
        let mut export = Export::new(visit, resource, range, read_to, collection);
        self.read(resource, range, &mut export).await?;
        export.finish()
    }

    async fn look(&self, visit: &Visit<'_>) -> Result<Probe, SourceError> {
        let mut probe = Probe::default();
        for resource in &self.resources {
            let last = match resource.watermark {
                Some(_) => visit.today.plus_days(-1),
                None => Some(visit.today),
            };
            let range = last.and_then(|last| {
                let days = if resource.watermark.is_some() {
                    PROBED
                } else {
                    1
                };
                DayRange::new(last.plus_days(1 - days)?, last)
            });
            let Some(range) = range else {
                continue;
            };
            let mut sample = Sample::default();
            match self.read(resource, range, &mut sample).await {
                Ok(()) | Err(Halt::Stopped) => {}
                Err(Halt::Failed(error)) => return Err(error),
            }
            probe
                .found
                .push(format!("{} {range}: {}", resource.name, sample.count));
            if probe.rows.is_empty() {
                probe.rows = sample.rows;
            }
            probe.clock_ahead = probe.clock_ahead.or(sample.ahead);
        }
        Ok(probe)
    }

    async fn read(
        &self,
        resource: &Resource,
        range: DayRange,
        sink: &mut dyn Sink,
    ) -> Result<(), Halt> {
        // Drivers log what servers say, and servers name accounts. What matters of it is in the
        // sentences, where it is looked through.
        let silent = NoSubscriber::default();
        let reading = self.read_by_engine(resource, range, sink);
        reading.with_subscriber(silent).await
    }

    async fn read_by_engine(
        &self,
        resource: &Resource,
        range: DayRange,
        sink: &mut dyn Sink,
    ) -> Result<(), Halt> {
        let server = &self.server;
        match server.engine {
            Engine::Postgresql => postgres::read(server, resource, range, sink).await,
            Engine::Mysql => mysql::read(server, resource, range, sink).await,
            Engine::Sqlite => sqlite::read(server, resource, range, sink).await,
            Engine::Sqlserver => {
                // Its state is large.
                Box::pin(sqlserver::read(server, resource, range, sink)).await
            }
            #[cfg(feature = "oracle")]
            Engine::Oracle => crate::oracle::read(server, resource, range, sink).await,
            #[cfg(feature = "odbc")]
            Engine::Odbc => crate::odbc::read(server, resource, range, sink).await,
            #[cfg(not(all(feature = "oracle", feature = "odbc")))]
            engine => {
                let sentence = channelflow_model::Sentence::new("source_no_collector");
                let sentence = sentence.fact("kind", engine.word());
                Err(Halt::failed(Failure::Permanent, sentence))
            }
        }
    }
}
