//! What servers and drivers say, as sentences: what kind of failure it is, without accounts and
//! passwords.

use std::time::Duration;

use channelflow_collect::Failure;
use channelflow_model::Sentence;

use crate::description::{Resource, Server};
use crate::sink::Halt;

/// Seconds a server has to take a connection.
pub(crate) const CONNECT_SECONDS: u64 = 30;

/// How much longer than its own timeout a statement may take before the connection is given up: a
/// server that is gone keeps no promise.
pub(crate) const GRACE: Duration = Duration::from_secs(30);

/// What a server's error means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The account is refused.
    Refused,
    /// The statement took too long.
    TooSlow,
    /// A table or column is not there.
    Missing,
    /// The statement would have changed something.
    Writes,
    /// The connection is gone.
    Cut,
    /// Anything else about the query.
    Query,
}

/// The sentence for an error while connecting.
pub(crate) fn connecting(server: &Server, meaning: Meaning, cause: impl std::fmt::Display) -> Halt {
    let (failure, code) = match meaning {
        Meaning::Refused => (Failure::Credentials, "database_refused"),
        _ => (Failure::Transient, "database_unreachable"),
    };
    let sentence = Sentence::new(code)
        .fact("server", server.scrub(&server.shown))
        .fact("cause", server.scrub(cause));
    Halt::failed(failure, sentence)
}

/// The sentence for an error of a query.
pub(crate) fn querying(
    server: &Server,
    resource: &Resource,
    meaning: Meaning,
    cause: impl std::fmt::Display,
) -> Halt {
    let (failure, code) = match meaning {
        Meaning::Refused => (Failure::Credentials, "database_denied"),
        Meaning::TooSlow => (Failure::Transient, "database_slow"),
        Meaning::Missing => (Failure::Changed, "database_changed"),
        Meaning::Writes => (Failure::Permanent, "database_writes"),
        Meaning::Cut => (Failure::Transient, "database_cut"),
        Meaning::Query => (Failure::Permanent, "database_query"),
    };
    let mut sentence = Sentence::new(code).fact("resource", &resource.name);
    sentence = if meaning == Meaning::TooSlow {
        sentence.fact("seconds", resource.statement_seconds)
    } else {
        sentence.fact("cause", server.scrub(cause))
    };
    Halt::failed(failure, sentence)
}

/// A column whose values are no text.
pub(crate) fn bytes(resource: &Resource, column: &str) -> Halt {
    let sentence = Sentence::new("database_bytes")
        .fact("resource", &resource.name)
        .fact("column", column);
    Halt::failed(Failure::Permanent, sentence)
}

/// Waits for a connection as long as is sensible.
pub(crate) async fn connected<C, E: std::fmt::Display>(
    server: &Server,
    connecting_to: impl Future<Output = Result<C, E>>,
    meaning: impl FnOnce(&E) -> Meaning,
) -> Result<C, Halt> {
    let patience = Duration::from_secs(CONNECT_SECONDS);
    match tokio::time::timeout(patience, connecting_to).await {
        Ok(Ok(connection)) => Ok(connection),
        Ok(Err(error)) => Err(connecting(server, meaning(&error), &error)),
        Err(_) => {
            let cause = format!("no answer within {CONNECT_SECONDS} s");
            Err(connecting(server, Meaning::Cut, cause))
        }
    }
}

/// Waits for the rows of a query as long as it may take.
pub(crate) async fn within(
    server: &Server,
    resource: &Resource,
    reading: impl Future<Output = Result<(), Halt>>,
) -> Result<(), Halt> {
    let patience = Duration::from_secs(resource.statement_seconds) + GRACE;
    match tokio::time::timeout(patience, reading).await {
        Ok(read) => read,
        Err(_) => Err(querying(server, resource, Meaning::TooSlow, "")),
    }
}

/// What an error of sqlx means.
pub(crate) fn meaning(error: &sqlx::Error) -> Meaning {
    let sqlx::Error::Database(error) = error else {
        return match error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::WorkerCrashed => Meaning::Cut,
            _ => Meaning::Query,
        };
    };
    if let Some(mysql) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        return of_mysql(mysql.number());
    }
    if error
        .try_downcast_ref::<sqlx::sqlite::SqliteError>()
        .is_some()
    {
        return of_sqlite(error.code().as_deref(), error.message());
    }
    of_postgres(error.code().as_deref().unwrap_or(""))
}

fn of_postgres(code: &str) -> Meaning {
    match code {
        "28000" | "28P01" | "42501" | "3D000" => Meaning::Refused,
        "57014" => Meaning::TooSlow,
        "25006" => Meaning::Writes,
        "42P01" | "42703" | "42704" | "42883" | "3F000" => Meaning::Missing,
        _ if code.starts_with("57P") || code.starts_with("08") || code == "53300" => Meaning::Cut,
        _ => Meaning::Query,
    }
}

fn of_mysql(number: u16) -> Meaning {
    match number {
        1044 | 1045 | 1049 | 1142 | 1143 | 1370 | 1698 | 1227 => Meaning::Refused,
        // MariaDB and MySQL name the same thing differently.
        1969 | 3024 => Meaning::TooSlow,
        1792 | 1290 => Meaning::Writes,
        1054 | 1146 | 1305 | 1109 => Meaning::Missing,
        1040 | 1053 | 1077 | 1152 | 1927 | 2006 | 2013 => Meaning::Cut,
        _ => Meaning::Query,
    }
}

fn of_sqlite(code: Option<&str>, message: &str) -> Meaning {
    match code
        .and_then(|code| code.parse::<u32>().ok())
        .map(|code| code & 0xff)
    {
        Some(9) => Meaning::TooSlow,
        Some(8) => Meaning::Writes,
        Some(5 | 6 | 10 | 14) => Meaning::Cut,
        Some(3 | 23) => Meaning::Refused,
        _ if message.starts_with("no such") => Meaning::Missing,
        _ => Meaning::Query,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_servers() {
        assert_eq!(of_postgres("28P01"), Meaning::Refused);
        assert_eq!(of_postgres("57P01"), Meaning::Cut);
        assert_eq!(of_postgres("22012"), Meaning::Query);
        assert_eq!(of_mysql(1045), Meaning::Refused);
        assert_eq!(of_mysql(3024), Meaning::TooSlow);
        assert_eq!(of_mysql(1054), Meaning::Missing);
        assert_eq!(of_sqlite(Some("1"), "no such column: a"), Meaning::Missing);
        assert_eq!(of_sqlite(Some("1032"), "readonly"), Meaning::Writes);
    }
}
