//! Anything that has an ODBC driver. Days are bound as texts, values arrive as the text the driver
//! makes of them. ODBC has no read-only transaction every driver knows: the account must be one
//! that may only read.

use channelflow_model::{DayRange, Sentence};
use odbc_api::buffers::{BufferDesc, ColumnarDynBuffer};
use odbc_api::handles::Record as Diagnostic;
use odbc_api::{
    ConnectionOptions, Cursor as _, DataType, Error, IntoParameter as _, ResultSetMetadata,
    environment,
};

use crate::blocking::{self, Feed};
use crate::description::{Resource, Server};
use crate::error::{self, Meaning};
use crate::record::Record;
use crate::sink::{Halt, Sink};
use crate::sql::days;

/// Characters a value may have. A longer one is an error, never cut.
const LONGEST: usize = 4000;

/// Characters of one batch.
const BATCH: usize = 2 << 20;

/// Hands the rows of these days to the sink.
pub(crate) async fn read(
    server: &Server,
    resource: &Resource,
    range: DayRange,
    sink: &mut dyn Sink,
) -> Result<(), Halt> {
    blocking::read(server, resource, range, sink, rows).await
}

fn rows(
    server: &Server,
    resource: &Resource,
    range: DayRange,
    feed: &mut Feed,
) -> Result<(), Halt> {
    let refused = |error: Error| error::connecting(server, meaning(&error), &error);
    let failed = |error: Error| error::querying(server, resource, meaning(&error), &error);
    let options = ConnectionOptions {
        login_timeout_sec: u32::try_from(error::CONNECT_SECONDS).ok(),
        ..ConnectionOptions::default()
    };
    let connection = environment()
        .and_then(|odbc| odbc.connect_with_connection_string(&text(server), options))
        .map_err(refused)?;

    let days = days(resource, range);
    let mut bound = Vec::new();
    let query = resource.query.text(|mark| {
        bound.push(days.of(mark).to_owned().into_parameter());
        "?".to_owned()
    });
    let quote = connection.identifier_quote_char().map_err(failed)?;
    let order = resource.watermark.as_ref().map_or(String::new(), |column| {
        let quote = quote
            .filter(|quote| *quote != ' ')
            .map_or(String::new(), String::from);
        format!(" ORDER BY q.{quote}{column}{quote}")
    });
    let select = format!("SELECT * FROM (\n{query}) q{order}");
    let seconds = usize::try_from(resource.statement_seconds).ok();
    let cursor = connection
        .execute(&select, bound.as_slice(), seconds)
        .map_err(failed)?;
    let Some(mut cursor) = cursor else {
        return Err(error::querying(
            server,
            resource,
            Meaning::Query,
            "no rows at all",
        ));
    };

    let (names, buffers) = described(server, resource, &mut cursor)?;
    feed.columns(&names)?;

    let buffer = ColumnarDynBuffer::try_from_descs(rows_at_once(&buffers), buffers);
    let buffer = buffer.map_err(failed)?;
    let mut cursor = cursor.bind_buffer(buffer).map_err(failed)?;
    let mut record = Record::default();
    loop {
        let batch = match cursor.fetch_with_truncation_check(true) {
            Ok(batch) => batch,
            Err(Error::TooLargeValueForBuffer { buffer_index, .. }) => {
                let column = names.get(buffer_index).map_or("", String::as_str);
                let sentence = Sentence::new("database_long")
                    .fact("resource", &resource.name)
                    .fact("column", column)
                    .fact("most", LONGEST);
                return Err(Halt::failed(
                    channelflow_collect::Failure::Permanent,
                    sentence,
                ));
            }
            Err(error) => return Err(failed(error)),
        };
        let Some(batch) = batch else {
            return Ok(());
        };
        for row in 0..batch.num_rows() {
            record.clear();
            let mut replaced = 0;
            for place in 0..batch.num_cols() {
                let units = batch
                    .column(place)
                    .as_wide_text()
                    .and_then(|column| column.get(row));
                match units {
                    Some(units) => {
                        let text = String::from_utf16_lossy(units);
                        replaced += text.matches(char::REPLACEMENT_CHARACTER).count() as u64;
                        record.text(text.as_bytes());
                    }
                    None => record.null(),
                }
            }
            feed.replaced(replaced);
            feed.row(record.finish())?;
        }
    }
}

/// The names of the columns and what holds their values.
fn described(
    server: &Server,
    resource: &Resource,
    cursor: &mut impl ResultSetMetadata,
) -> Result<(Vec<String>, Vec<BufferDesc>), Halt> {
    let failed = |error: Error| error::querying(server, resource, meaning(&error), &error);
    let mut names = Vec::new();
    let mut buffers = Vec::new();
    let columns = cursor.num_result_cols().map_err(failed)?;
    for number in 1..=u16::try_from(columns).unwrap_or(0) {
        let name = cursor.col_name(number).map_err(failed)?;
        let kind = cursor.col_data_type(number).map_err(failed)?;
        if is_bytes(kind) {
            return Err(error::bytes(resource, &name));
        }
        let size = cursor.col_display_size(number).map_err(failed)?;
        let max_str_len = size.map_or(LONGEST, |size| size.get().min(LONGEST));
        buffers.push(BufferDesc::WText { max_str_len });
        names.push(name);
    }
    Ok((names, buffers))
}

/// Rows of one batch, so that it has its size whatever the columns are.
fn rows_at_once(buffers: &[BufferDesc]) -> usize {
    let width: usize = buffers
        .iter()
        .map(|buffer| match buffer {
            BufferDesc::WText { max_str_len } => max_str_len + 1,
            _ => 1,
        })
        .sum();
    (BATCH / width.max(1)).clamp(1, 1000)
}

/// The connection text with the account, unless it is in there.
fn text(server: &Server) -> String {
    let mut text = server.connection.clone();
    for (key, value) in [("UID", &server.user), ("PWD", &server.password)] {
        if !value.is_empty() {
            let separator = if text.is_empty() || text.ends_with(';') {
                ""
            } else {
                ";"
            };
            text.push_str(&format!(
                "{separator}{key}={}",
                odbc_api::escape_attribute_value(value)
            ));
        }
    }
    text
}

fn is_bytes(kind: DataType) -> bool {
    matches!(
        kind,
        DataType::Binary { .. } | DataType::Varbinary { .. } | DataType::LongVarbinary { .. }
    )
}

fn meaning(error: &Error) -> Meaning {
    let Error::Diagnostics { record, .. } = error else {
        return Meaning::Query;
    };
    of(record)
}

fn of(record: &Diagnostic) -> Meaning {
    match &record.state.0 {
        b"28000" | b"42501" => Meaning::Refused,
        b"HYT00" | b"HYT01" | b"57014" => Meaning::TooSlow,
        b"25006" => Meaning::Writes,
        b"42S02" | b"42S22" | b"42703" | b"42P01" => Meaning::Missing,
        state if state.starts_with(b"08") => Meaning::Cut,
        // SQLite's driver says everything with one state.
        _ if message(record).contains("no such") => Meaning::Missing,
        _ => Meaning::Query,
    }
}

fn message(record: &Diagnostic) -> String {
    String::from_utf8_lossy(&record.message).into_owned()
}
