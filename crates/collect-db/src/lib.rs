//! Distributor databases: one read-only query per resource, its rows as CSV in the landing area.
//!
//! A description names the server and its queries. A visit asks each query for the days that are
//! over, and the last few once more; the rows become artifacts for whole days that land, are hashed
//! and read like any file. How far a query was read is known by the warehouse, which is told with
//! each artifact and remembers it together with its registration.

#[cfg(any(feature = "oracle", feature = "odbc"))]
mod blocking;
mod collector;
mod description;
mod error;
mod export;
mod mysql;
#[cfg(feature = "odbc")]
mod odbc;
#[cfg(feature = "oracle")]
mod oracle;
mod postgres;
mod query;
mod record;
mod sink;
mod sql;
mod sqlite;
mod sqlserver;
mod sqlserver_value;
mod window;

use std::sync::Arc;

use channelflow_collect::Collector;
use channelflow_config::Description;
use channelflow_model::Sentence;

/// The collector a description asks for. The server is not reached before the first visit.
pub fn open(description: &Description<'_>) -> Result<Arc<dyn Collector>, Sentence> {
    let (server, resources) = description::read(description)?;
    let engine = server.engine;
    let is_oracle = engine == description::Engine::Oracle;
    let is_odbc = engine == description::Engine::Odbc;
    if is_oracle && !cfg!(feature = "oracle") || is_odbc && !cfg!(feature = "odbc") {
        return Err(Sentence::new("source_no_collector").fact("kind", engine.word()));
    }
    Ok(Arc::new(collector::Database { server, resources }))
}
