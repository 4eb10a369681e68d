//! SQL Server. Before the rows are read the server is asked what types the columns have, and the
//! query is wrapped: texts of a GBK collation become UTF-16 on the server, where a half hanzi at
//! the end of a `char(20)` is one character and not the end of the stream; money becomes a decimal.
//!
//! SQL Server has no read-only transaction. The account must be one that may only read.

use std::time::Duration;

use channelflow_model::{Day, DayRange};
use futures::TryStreamExt;
use tiberius::error::Error;
use tiberius::time::chrono::NaiveDate;
use tiberius::{
    AuthMethod, Client, ColumnType, Config, EncryptionLevel, QueryItem, SqlBrowser as _,
};
use tokio::net::TcpStream;
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt as _};

use crate::description::{Resource, Server, Tls};
use crate::error::{self, Meaning};
use crate::query::Mark;
use crate::record::Record;
use crate::sink::{Halt, Sink};
use crate::sql::until;
use crate::sqlserver_value::value;

/// Milliseconds to wait for a row somebody else has locked.
const LOCK_MS: u32 = 60_000;

/// Types whose values are bytes, or whose type is told with every value.
const BYTES: [ColumnType; 5] = [
    ColumnType::BigVarBin,
    ColumnType::BigBinary,
    ColumnType::Image,
    ColumnType::Udt,
    ColumnType::SSVariant,
];

/// Texts in the code page of their collation.
const CODE_PAGE: [ColumnType; 3] = [
    ColumnType::BigVarChar,
    ColumnType::BigChar,
    ColumnType::Text,
];

type Connection = Client<Compat<TcpStream>>;

/// Hands the rows of these days to the sink.
pub(crate) async fn read(
    server: &Server,
    resource: &Resource,
    range: DayRange,
    sink: &mut dyn Sink,
) -> Result<(), Halt> {
    // The driver takes the provider of the process and would otherwise bring its own. Whoever was
    // first has installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let connecting = Box::pin(connect(config(server, resource)));
    let mut client = error::connected(server, connecting, meaning).await?;
    let reading = rows(server, resource, range, &mut client, sink);
    let read = error::within(server, resource, reading).await;
    // After an error the connection may be anywhere; it is dropped, which ends it at once.
    if read.is_ok() {
        let _ = client.close().await;
    }
    read
}

async fn connect(config: Config) -> Result<Connection, Error> {
    let stream = TcpStream::connect_named(&config).await?;
    stream.set_nodelay(true)?;
    match Box::pin(Client::connect(config.clone(), stream.compat_write())).await {
        // The server names the one that has the database.
        Err(Error::Routing { host, port }) => {
            let mut config = config;
            config.host(&host);
            config.port(port);
            let stream = TcpStream::connect((host.as_str(), port)).await?;
            stream.set_nodelay(true)?;
            Box::pin(Client::connect(config, stream.compat_write())).await
        }
        connected => connected,
    }
}

async fn rows(
    server: &Server,
    resource: &Resource,
    range: DayRange,
    client: &mut Connection,
    sink: &mut dyn Sink,
) -> Result<(), Halt> {
    let failed = |error: Error| error::querying(server, resource, meaning(&error), &error);
    let settings =
        format!("SET TRANSACTION ISOLATION LEVEL READ COMMITTED; SET LOCK_TIMEOUT {LOCK_MS}");
    let set = client.simple_query(settings).await.map_err(failed)?;
    set.into_results().await.map_err(failed)?;

    let query = resource
        .query
        .text(|mark: Mark| format!("@P{}", mark.number()));
    let describe = format!("SELECT TOP 0 * FROM (\n{query}) AS q");
    let mut described = ask(resource, range, describe)
        .query(client)
        .await
        .map_err(failed)?;
    let columns = described
        .columns()
        .await
        .map_err(failed)?
        .unwrap_or_default()
        .to_vec();
    drop(described);
    let mut names = Vec::with_capacity(columns.len());
    let mut selected = Vec::with_capacity(columns.len());
    for column in &columns {
        let kind = column.column_type();
        if BYTES.contains(&kind) {
            return Err(error::bytes(resource, column.name()));
        }
        names.push(column.name().to_owned());
        selected.push(wrapped(column.name(), kind));
    }
    sink.columns(&names)?;

    let order = resource.watermark.as_ref().map_or(String::new(), |column| {
        format!(" ORDER BY q.{}", quoted(column))
    });
    let select = format!(
        "SELECT {} FROM (\n{query}) AS q{order}",
        selected.join(", ")
    );
    let mut items = ask(resource, range, select)
        .query(client)
        .await
        .map_err(failed)?;
    let mut record = Record::default();
    while let Some(item) = items.try_next().await.map_err(failed)? {
        let QueryItem::Row(row) = item else {
            continue;
        };
        record.clear();
        let mut replaced = 0;
        for (place, cell) in row.into_iter().enumerate() {
            if !value(&cell, &mut record, &mut replaced) {
                let column = columns.get(place).map_or("", |column| column.name());
                return Err(error::bytes(resource, column));
            }
        }
        sink.replaced(replaced);
        sink.row(record.finish())?;
    }
    Ok(())
}

/// A query with its days bound: as days, or as texts where the distributor keeps `20260301`.
fn ask(resource: &Resource, range: DayRange, sql: String) -> tiberius::Query<'static> {
    let mut query = tiberius::Query::new(sql);
    for day in [range.first, range.last, until(range)] {
        match date(day) {
            Some(date) if !resource.compact_days => query.bind(date),
            _ => query.bind(resource.day_text(day)),
        }
    }
    query
}

fn date(day: Day) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(day.year(), day.month(), day.day())
}

fn quoted(name: &str) -> String {
    format!("[{}]", name.replace(']', "]]"))
}

/// A column as it is selected from the query.
fn wrapped(name: &str, kind: ColumnType) -> String {
    let name = quoted(name);
    if CODE_PAGE.contains(&kind) {
        format!("CONVERT(nvarchar(max), q.{name}) AS {name}")
    } else if matches!(kind, ColumnType::Money | ColumnType::Money4) {
        // The driver reads money as a float.
        format!("CONVERT(decimal(19, 4), q.{name}) AS {name}")
    } else {
        format!("q.{name}")
    }
}

fn config(server: &Server, resource: &Resource) -> Config {
    let mut config = Config::new();
    config.host(&server.host);
    if !server.instance.is_empty() {
        config.instance_name(&server.instance);
    }
    if let Some(port) = server.port {
        config.port(port);
    }
    config.database(&server.database);
    config.authentication(AuthMethod::sql_server(&server.user, &server.password));
    config.application_name("channelflow");
    config.readonly(true);
    config.packet_size(32_000);
    config.lossy_utf16_decoding(true);
    config.handshake_timeout(Some(Duration::from_secs(error::CONNECT_SECONDS)));
    config.command_timeout(Some(Duration::from_secs(resource.statement_seconds)));
    config.encryption(match server.tls {
        Tls::Off => EncryptionLevel::NotSupported,
        Tls::Prefer => EncryptionLevel::On,
        Tls::Require | Tls::Verify => EncryptionLevel::Required,
    });
    match (server.tls, &server.tls_root) {
        (Tls::Verify, Some(root)) => config.trust_cert_ca(root.display()),
        (Tls::Verify, None) => {}
        _ => config.trust_cert(),
    }
    config
}

fn meaning(error: &Error) -> Meaning {
    match error {
        Error::Io { kind, .. } if *kind == std::io::ErrorKind::TimedOut => Meaning::TooSlow,
        Error::Io { .. } | Error::Tls(_) | Error::Protocol(_) => Meaning::Cut,
        Error::Server(token) => match token.code() {
            18_452 | 18_456 | 18_470 | 18_486..=18_488 | 4_060 | 229 | 230 | 916 => {
                Meaning::Refused
            }
            1_222 => Meaning::TooSlow,
            207 | 208 | 4_121 | 2_812 => Meaning::Missing,
            1_205 | 6_005 | 701 => Meaning::Cut,
            _ => Meaning::Query,
        },
        _ => Meaning::Query,
    }
}
