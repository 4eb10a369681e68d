//! The description of a database source, as it stands in its file and as it is used: checked, its
//! values filled in, its queries taken apart.

use std::fmt;
use std::path::PathBuf;

use channelflow_config::Description;
use channelflow_model::{Day, Sentence};
use serde::Deserialize;

use crate::query::Query;

/// Days that are read again unless the description says otherwise: a week of corrections.
const LOOK_BACK: u32 = 7;

/// Seconds one query may take unless the description says otherwise.
const STATEMENT_SECONDS: u64 = 1800;

/// China's only time zone.
const TIME_ZONE: &str = "+08:00";

/// What kind of server it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Engine {
    Postgresql,
    Mysql,
    Sqlite,
    Sqlserver,
    Oracle,
    Odbc,
}

impl Engine {
    /// Its word in the description.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Engine::Postgresql => "postgresql",
            Engine::Mysql => "mysql",
            Engine::Sqlite => "sqlite",
            Engine::Sqlserver => "sqlserver",
            Engine::Oracle => "oracle",
            Engine::Odbc => "odbc",
        }
    }
}

/// How the connection is encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Tls {
    /// Never.
    Off,
    /// Where the server can.
    #[default]
    Prefer,
    /// Always, with any certificate.
    Require,
    /// Always, with a certificate that is trusted and names the host.
    Verify,
}

/// What happens to a range without rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum WhenEmpty {
    /// An artifact says that there were none.
    #[default]
    Declare,
    /// Nothing arrives, and the range is read again.
    Nothing,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    engine: Engine,
    host: Option<String>,
    port: Option<u16>,
    instance: Option<String>,
    database: Option<String>,
    user: Option<String>,
    password: Option<String>,
    file: Option<String>,
    connection: Option<String>,
    #[serde(default)]
    tls: Tls,
    tls_root: Option<PathBuf>,
    time_zone: Option<String>,
    resource: Vec<WrittenResource>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenResource {
    name: String,
    query: String,
    watermark: Option<String>,
    first_day: Option<String>,
    look_back_days: Option<u32>,
    #[serde(default)]
    columns: Vec<String>,
    statement_seconds: Option<u64>,
    #[serde(default)]
    snapshot: bool,
    #[serde(default)]
    compact_days: bool,
    #[serde(default)]
    when_empty: WhenEmpty,
    rows: Option<u64>,
    distributor: Option<String>,
}

/// Where the server is and who asks. Texts that are not written are empty.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) engine: Engine,
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
    pub(crate) instance: String,
    pub(crate) database: String,
    pub(crate) user: String,
    pub(crate) password: String,
    /// The file of SQLite.
    pub(crate) file: PathBuf,
    /// The connection text of ODBC and Oracle.
    #[cfg_attr(
        not(any(feature = "oracle", feature = "odbc")),
        expect(dead_code, reason = "only they have one")
    )]
    pub(crate) connection: String,
    pub(crate) tls: Tls,
    pub(crate) tls_root: Option<PathBuf>,
    pub(crate) time_zone: String,
    /// What errors call it.
    pub(crate) shown: String,
    /// Texts that must never be shown, the longest first.
    hidden: Vec<String>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.engine.word(), self.shown)
    }
}

impl Server {
    /// A text of the server or its driver without what must not be shown.
    pub(crate) fn scrub(&self, text: impl fmt::Display) -> String {
        let text = text.to_string();
        self.hidden
            .iter()
            .fold(text, |text, hidden| text.replace(hidden, "[secret]"))
    }
}

/// One query and what is known about its rows.
#[derive(Debug, Clone)]
pub(crate) struct Resource {
    pub(crate) name: String,
    pub(crate) query: Query,
    /// The column with the business day; a snapshot has none.
    pub(crate) watermark: Option<String>,
    pub(crate) first_day: Day,
    pub(crate) look_back: u32,
    /// Expected columns; empty when none are written down.
    pub(crate) columns: Vec<String>,
    pub(crate) statement_seconds: u64,
    pub(crate) compact_days: bool,
    pub(crate) when_empty: WhenEmpty,
    /// Rows after which an artifact ends with its day.
    pub(crate) rows: u64,
    pub(crate) distributor: Option<String>,
}

impl Resource {
    /// A day as the query gets it.
    pub(crate) fn day_text(&self, day: Day) -> String {
        if self.compact_days {
            day.number().to_string()
        } else {
            day.to_string()
        }
    }
}

/// Reads, checks and fills in a description.
pub(crate) fn read(description: &Description<'_>) -> Result<(Server, Vec<Resource>), Sentence> {
    let written: Written = description.read()?;
    let server = server(description, &written)?;
    let mut resources: Vec<Resource> = Vec::with_capacity(written.resource.len());
    for one in written.resource {
        let one = resource(server.engine, one)?;
        if resources.iter().any(|known| known.name == one.name) {
            return Err(Sentence::new("database_resource_twice").fact("name", one.name));
        }
        resources.push(one);
    }
    if resources.is_empty() {
        return Err(description.wrong("no [[resource]]"));
    }
    Ok((server, resources))
}

fn server(description: &Description<'_>, written: &Written) -> Result<Server, Sentence> {
    let engine = written.engine;
    for (key, text) in [
        ("password", &written.password),
        ("connection", &written.connection),
    ] {
        let lower = text.as_deref().unwrap_or("").to_lowercase();
        let has_password =
            key == "password" || lower.contains("pwd=") || lower.contains("password=");
        if has_password && !lower.is_empty() && !lower.contains('{') {
            return Err(Sentence::new("database_plain_password").fact("key", key));
        }
    }
    let mut hidden = Vec::new();
    let mut filled = |text: &Option<String>| -> Result<(String, String), Sentence> {
        let secret = description.values.fill(text.as_deref().unwrap_or(""))?;
        let (value, shown) = (secret.expose().to_owned(), secret.to_string());
        if value != shown {
            hidden.push(value.clone());
        }
        Ok((value, shown))
    };
    let (host, host_shown) = filled(&written.host)?;
    let (database, database_shown) = filled(&written.database)?;
    let (instance, _) = filled(&written.instance)?;
    let (user, _) = filled(&written.user)?;
    let (file, file_shown) = filled(&written.file)?;
    let (connection, connection_shown) = filled(&written.connection)?;
    let (password, _) = filled(&written.password)?;
    let shown = match engine {
        Engine::Sqlite => file_shown,
        Engine::Oracle | Engine::Odbc => connection_shown.clone(),
        _ => format!("{host_shown}/{database_shown}"),
    };
    hidden.push(password.clone());
    hidden.extend(secrets_inside(&connection, &connection_shown));
    hidden.retain(|text| !text.is_empty());
    hidden.sort_by_key(|text| std::cmp::Reverse(text.len()));
    let time_zone = written.time_zone.as_deref().unwrap_or(TIME_ZONE).to_owned();
    if !is_offset(&time_zone) {
        return Err(Sentence::new("database_time_zone").fact("text", time_zone));
    }
    let server = Server {
        engine,
        host,
        port: written.port,
        instance,
        database,
        user,
        password,
        file: description.dir.join(file),
        connection,
        tls: written.tls,
        tls_root: written
            .tls_root
            .as_ref()
            .map(|path| description.dir.join(path)),
        time_zone,
        shown,
        hidden,
    };
    needed(&server, written)?;
    Ok(server)
}

/// Keys an engine cannot do without.
fn needed(server: &Server, written: &Written) -> Result<(), Sentence> {
    let keys: &[(&'static str, bool)] = match server.engine {
        Engine::Sqlite => &[("file", written.file.is_some())],
        Engine::Oracle | Engine::Odbc => &[("connection", written.connection.is_some())],
        Engine::Postgresql | Engine::Mysql | Engine::Sqlserver => &[
            ("host", written.host.is_some()),
            ("database", written.database.is_some()),
            ("user", written.user.is_some()),
        ],
    };
    let missing = keys.iter().find(|(_, written)| !written);
    missing.map_or(Ok(()), |(key, _)| {
        Err(Sentence::new("database_key_missing")
            .fact("engine", server.engine.word())
            .fact("key", key))
    })
}

/// The values that were filled into a text of which the rest is known: `PWD=x` of `PWD=[secret]`.
fn secrets_inside(value: &str, shown: &str) -> Vec<String> {
    let known: Vec<&str> = shown.split("[secret]").collect();
    let mut found = Vec::new();
    let mut rest = value;
    for (place, part) in known.iter().enumerate() {
        let at = if part.is_empty() && place > 0 {
            rest.len()
        } else {
            rest.find(part).unwrap_or(0)
        };
        let (secret, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
        if place > 0 {
            found.push(secret.to_owned());
        }
        rest = after.get(part.len()..).unwrap_or("");
    }
    found
}

/// `+08:00`: goes into a statement as text, so it must be nothing else.
fn is_offset(text: &str) -> bool {
    let digit = |place: usize| text.as_bytes().get(place).is_some_and(u8::is_ascii_digit);
    text.len() == 6
        && text.starts_with(['+', '-'])
        && [1, 2, 4, 5].into_iter().all(digit)
        && text.as_bytes().get(3) == Some(&b':')
}

fn resource(engine: Engine, written: WrittenResource) -> Result<Resource, Sentence> {
    let name = written.name.trim().to_owned();
    // The name begins the artifact's, from which the days it speaks for are read.
    let good = |c: char| c.is_alphabetic() || matches!(c, '-' | '_' | ' ' | '（' | '）');
    if name.is_empty() || !name.chars().all(good) {
        return Err(Sentence::new("database_resource_name").fact("name", name));
    }
    let about = |code| Sentence::new(code).fact("resource", &name);
    let query =
        Query::parse(&written.query, engine).map_err(|wrong| wrong.fact("resource", &name))?;
    if written.watermark.is_none() && !written.snapshot {
        return Err(about("database_watermark_missing"));
    }
    if written.watermark.is_some() && written.snapshot {
        return Err(about("database_snapshot_watermark"));
    }
    let first_day = match (written.first_day.as_deref(), written.snapshot) {
        (Some(text), _) => {
            Day::from_iso(text).ok_or_else(|| about("database_first_day").fact("text", text))?
        }
        (None, true) => Day::FIRST,
        (None, false) => return Err(about("database_first_day").fact("text", "")),
    };
    Ok(Resource {
        query,
        watermark: written.watermark,
        first_day,
        look_back: written.look_back_days.unwrap_or(LOOK_BACK),
        columns: written.columns,
        statement_seconds: written
            .statement_seconds
            .unwrap_or(STATEMENT_SECONDS)
            .max(1),
        compact_days: written.compact_days,
        when_empty: written.when_empty,
        rows: written.rows.unwrap_or(1_000_000).max(1),
        distributor: written.distributor,
        name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_filled_in_is_found_again() {
        for (value, shown, found) in [
            (
                "DSN=erp;UID=a;PWD=x;",
                "DSN=erp;UID=a;PWD=[secret];",
                vec!["x"],
            ),
            ("UID=a;PWD=x", "UID=[secret];PWD=[secret]", vec!["a", "x"]),
            ("DSN=erp", "DSN=erp", vec![]),
        ] {
            assert_eq!(secrets_inside(value, shown), found, "{value}");
        }
    }

    #[test]
    fn a_time_zone_is_an_offset_and_nothing_else() {
        assert!(is_offset("+08:00") && is_offset("-03:30"));
        for text in ["8", "+8:00", "+08:00'", "Asia/Shanghai", "+0a:00", ""] {
            assert!(!is_offset(text), "{text}");
        }
    }
}
