//! SQLite: a file that is opened for reading only. Days are bound as parameters.

use std::time::{Duration, Instant};

use channelflow_model::DayRange;
use futures::TryStreamExt;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Column as _, ConnectOptions as _, Connection as _, Executor as _};
use sqlx::{Row as _, SqlSafeStr as _, Statement as _, TypeInfo as _, ValueRef as _};

use crate::description::{Resource, Server};
use crate::error::{self, meaning};
use crate::query::Mark;
use crate::record::Record;
use crate::sink::{Halt, Sink};
use crate::sql::days;

/// Instructions between two looks at the clock: a few milliseconds.
const STEPS: i32 = 100_000;

/// How long a writer may hold the file.
const BUSY: Duration = Duration::from_mins(1);

/// Hands the rows of these days to the sink.
pub(crate) async fn read(
    server: &Server,
    resource: &Resource,
    range: DayRange,
    sink: &mut dyn Sink,
) -> Result<(), Halt> {
    let options = SqliteConnectOptions::new()
        .filename(&server.file)
        .read_only(true)
        .create_if_missing(false)
        .busy_timeout(BUSY)
        .pragma("query_only", "ON")
        .disable_statement_logging();
    let connecting = SqliteConnection::connect_with(&options);
    let mut connection = error::connected(server, connecting, meaning).await?;
    let reading = rows(server, resource, range, &mut connection, sink);
    let read = error::within(server, resource, reading).await;
    if read.is_ok() {
        let _ = connection.close().await;
    }
    read
}

async fn rows(
    server: &Server,
    resource: &Resource,
    range: DayRange,
    connection: &mut SqliteConnection,
    sink: &mut dyn Sink,
) -> Result<(), Halt> {
    let failed = |error: sqlx::Error| error::querying(server, resource, meaning(&error), &error);
    let select = select(resource);
    let prepared = connection.prepare(AssertSqlSafe(select.as_str()).into_sql_str());
    let prepared = prepared.await.map_err(failed)?;
    let names = prepared
        .columns()
        .iter()
        .map(|column| column.name().to_owned());
    sink.columns(&names.collect::<Vec<_>>())?;

    // SQLite has no timeout of its own.
    let end = Instant::now() + Duration::from_secs(resource.statement_seconds);
    let mut handle = connection.lock_handle().await.map_err(failed)?;
    handle.set_progress_handler(STEPS, move || Instant::now() < end);
    drop(handle);

    let days = days(resource, range);
    let mut query = sqlx::query(AssertSqlSafe(select));
    for day in days.in_order().into_iter().take(resource.query.highest()) {
        query = query.bind(day.to_owned());
    }
    let mut rows = query.fetch(&mut *connection);
    let mut record = Record::default();
    while let Some(row) = rows.try_next().await.map_err(failed)? {
        record.clear();
        for place in 0..row.columns().len() {
            value(resource, &row, place, &mut record).map_err(|wrong| match wrong {
                Ok(halt) => halt,
                Err(error) => failed(error),
            })?;
        }
        sink.row(record.finish())?;
    }
    Ok(())
}

/// Appends a value. Types belong to values here, not to columns.
fn value(
    resource: &Resource,
    row: &SqliteRow,
    place: usize,
    record: &mut Record,
) -> Result<(), Result<Halt, sqlx::Error>> {
    let raw = row.try_get_raw(place).map_err(Err)?;
    if raw.is_null() {
        record.null();
        return Ok(());
    }
    let kind = raw.type_info();
    match kind.name() {
        "INTEGER" => record.plain(row.try_get_unchecked::<i64, _>(place).map_err(Err)?),
        "REAL" => record.plain(row.try_get_unchecked::<f64, _>(place).map_err(Err)?),
        "TEXT" => record.text(
            row.try_get_unchecked::<&str, _>(place)
                .map_err(Err)?
                .as_bytes(),
        ),
        _ => {
            let column = row.columns().get(place).map_or("", |column| column.name());
            return Err(Ok(error::bytes(resource, column)));
        }
    }
    Ok(())
}

fn select(resource: &Resource) -> String {
    let query = resource
        .query
        .text(|mark: Mark| format!("?{}", mark.number()));
    let order = resource.watermark.as_ref().map_or(String::new(), |column| {
        format!(" ORDER BY q.\"{}\"", column.replace('"', "\"\""))
    });
    format!("SELECT * FROM (\n{query}) AS q{order}")
}
