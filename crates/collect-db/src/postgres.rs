//! PostgreSQL: `COPY (query) TO STDOUT` in a read-only transaction. The server writes the CSV, so
//! no value is ever anything but its text.

use channelflow_collect::Failure;
use channelflow_model::{DayRange, Sentence};
use futures::TryStreamExt;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::{AssertSqlSafe, Column as _, ConnectOptions as _, Connection as _, Executor as _};
use sqlx::{Row as _, SqlSafeStr as _, Statement as _, TypeInfo as _};

use crate::description::{Resource, Server, Tls};
use crate::error::{self, meaning};
use crate::sink::{Halt, Sink};
use crate::sql::with_days_written;

/// Hands the rows of these days to the sink.
pub(crate) async fn read(
    server: &Server,
    resource: &Resource,
    range: DayRange,
    sink: &mut dyn Sink,
) -> Result<(), Halt> {
    let mut connection = error::connected(
        server,
        PgConnection::connect_with(&options(server)),
        meaning,
    )
    .await?;
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
    connection: &mut PgConnection,
    sink: &mut dyn Sink,
) -> Result<(), Halt> {
    let failed = |error: sqlx::Error| error::querying(server, resource, meaning(&error), &error);
    let opening = format!(
        "BEGIN READ ONLY; SET LOCAL statement_timeout = '{}s'; \
         SET LOCAL TIME ZONE INTERVAL '{}' HOUR TO MINUTE",
        resource.statement_seconds, server.time_zone
    );
    let opened = connection.execute(sqlx::raw_sql(AssertSqlSafe(opening)));
    opened.await.map_err(failed)?;
    if sink.wants_time() {
        let now = "SELECT extract(epoch FROM now())::bigint";
        let row = connection.fetch_one(now).await.map_err(failed)?;
        sink.time(row.try_get(0).map_err(failed)?);
    }

    let select = with_days_written(resource, range, '"');
    let prepared = connection.prepare(AssertSqlSafe(select.as_str()).into_sql_str());
    let prepared = prepared.await.map_err(failed)?;
    let mut names = Vec::with_capacity(prepared.columns().len());
    for column in prepared.columns() {
        if column.type_info().name() == "BYTEA" {
            return Err(error::bytes(resource, column.name()));
        }
        names.push(column.name().to_owned());
    }
    sink.columns(&names)?;

    let copy = format!("COPY ({select}) TO STDOUT (FORMAT csv)");
    let mut records = connection.copy_out_raw(&copy).await.map_err(failed)?;
    while let Some(record) = records.try_next().await.map_err(failed)? {
        // One message is one row, says the protocol; what says otherwise is not understood.
        if record.last() != Some(&b'\n') {
            let sentence = Sentence::new("database_query")
                .fact("resource", &resource.name)
                .fact("cause", "a row without its end");
            return Err(Halt::failed(Failure::Permanent, sentence));
        }
        sink.row(&record)?;
    }
    Ok(())
}

fn options(server: &Server) -> PgConnectOptions {
    let mode = match server.tls {
        Tls::Off => PgSslMode::Disable,
        Tls::Prefer => PgSslMode::Prefer,
        Tls::Require => PgSslMode::Require,
        Tls::Verify => PgSslMode::VerifyFull,
    };
    let mut options = PgConnectOptions::new_without_pgpass()
        .host(&server.host)
        .port(server.port.unwrap_or(5432))
        .database(&server.database)
        .username(&server.user)
        .ssl_mode(mode)
        .application_name("channelflow")
        .disable_statement_logging();
    if !server.password.is_empty() {
        options = options.password(&server.password);
    }
    if let Some(root) = &server.tls_root {
        options = options.ssl_root_cert(root);
    }
    options
}
