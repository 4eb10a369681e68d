//! `MySQL` and MariaDB: one query over the text protocol in a read-only transaction, so that every
//! value arrives as the text the server writes.

use channelflow_model::DayRange;
use futures::TryStreamExt;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlRow, MySqlSslMode};
use sqlx::{AssertSqlSafe, Column as _, ConnectOptions as _, Connection as _, Executor as _};
use sqlx::{Row as _, SqlSafeStr as _, Statement as _, TypeInfo as _};

use crate::description::{Resource, Server, Tls};
use crate::error::{self, meaning};
use crate::record::Record;
use crate::sink::{Halt, Sink};
use crate::sql::with_days_written;

/// Types whose values are bytes without a character set.
const BYTES: [&str; 8] = [
    "BINARY",
    "VARBINARY",
    "BIT",
    "BLOB",
    "TINYBLOB",
    "MEDIUMBLOB",
    "LONGBLOB",
    "GEOMETRY",
];

/// Hands the rows of these days to the sink.
pub(crate) async fn read(
    server: &Server,
    resource: &Resource,
    range: DayRange,
    sink: &mut dyn Sink,
) -> Result<(), Halt> {
    let options = options(server);
    let connecting = MySqlConnection::connect_with(&options);
    let mut connection = error::connected(server, connecting, meaning).await?;
    let reading = rows(server, resource, range, &mut connection, sink);
    let read = error::within(server, resource, reading).await;
    // After an error the connection may be anywhere; it is dropped, which ends it at once.
    if read.is_ok() {
        let _ = connection.close().await;
    }
    read
}

async fn rows(
    server: &Server,
    resource: &Resource,
    range: DayRange,
    connection: &mut MySqlConnection,
    sink: &mut dyn Sink,
) -> Result<(), Halt> {
    let failed = |error: sqlx::Error| error::querying(server, resource, meaning(&error), &error);
    let asked = connection.fetch_one("SELECT VERSION(), UNIX_TIMESTAMP()");
    let asked = asked.await.map_err(failed)?;
    let version: String = asked.try_get_unchecked(0).map_err(failed)?;
    if sink.wants_time() {
        sink.time(asked.try_get_unchecked(1).map_err(failed)?);
    }
    // The same thing in seconds and in milliseconds.
    let seconds = resource.statement_seconds;
    let timeout = if version.contains("MariaDB") {
        format!("SET SESSION max_statement_time = {seconds}")
    } else {
        format!("SET SESSION max_execution_time = {}", seconds * 1000)
    };
    for statement in [timeout.as_str(), "START TRANSACTION READ ONLY"] {
        let done = connection.execute(sqlx::raw_sql(AssertSqlSafe(statement)));
        done.await.map_err(failed)?;
    }

    let select = with_days_written(resource, range, '`');
    let prepared = connection.prepare(AssertSqlSafe(select.as_str()).into_sql_str());
    let prepared = prepared.await.map_err(failed)?;
    let names = prepared
        .columns()
        .iter()
        .map(|column| column.name().to_owned());
    sink.columns(&names.collect::<Vec<_>>())?;

    let mut rows = sqlx::raw_sql(AssertSqlSafe(select)).fetch(&mut *connection);
    let mut record = Record::default();
    let mut first = true;
    while let Some(row) = rows.try_next().await.map_err(failed)? {
        if std::mem::take(&mut first) {
            no_bytes(resource, &row)?;
        }
        record.clear();
        for place in 0..row.columns().len() {
            match row
                .try_get_unchecked::<Option<&[u8]>, _>(place)
                .map_err(failed)?
            {
                Some(text) => record.text(text),
                None => record.null(),
            }
        }
        sink.row(record.finish())?;
    }
    Ok(())
}

fn no_bytes(resource: &Resource, row: &MySqlRow) -> Result<(), Halt> {
    let bytes = row
        .columns()
        .iter()
        .find(|column| BYTES.contains(&column.type_info().name()));
    bytes.map_or(Ok(()), |column| Err(error::bytes(resource, column.name())))
}

fn options(server: &Server) -> MySqlConnectOptions {
    let mode = match server.tls {
        Tls::Off => MySqlSslMode::Disabled,
        Tls::Prefer => MySqlSslMode::Preferred,
        Tls::Require => MySqlSslMode::Required,
        Tls::Verify => MySqlSslMode::VerifyIdentity,
    };
    let mut options = MySqlConnectOptions::new()
        .port(server.port.unwrap_or(3306))
        .database(&server.database)
        .username(&server.user)
        .ssl_mode(mode)
        .timezone(Some(server.time_zone.clone()))
        // The query means what it means to the distributor's own programs.
        .pipes_as_concat(false)
        .no_engine_substitution(false)
        .disable_statement_logging();
    options = if server.host.starts_with('/') {
        options.socket(&server.host)
    } else {
        options.host(&server.host)
    };
    if !server.password.is_empty() {
        options = options.password(&server.password);
    }
    if let Some(root) = &server.tls_root {
        options = options.ssl_ca(root);
    }
    options
}
