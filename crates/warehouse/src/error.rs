//! What can go wrong with the machinery behind the warehouse, one variant per situation an
//! operator can act on. Anything about the data itself is a finding, not an error.

use channelflow_model::{FlowKind, Period};

/// Why the warehouse could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum WarehouseError {
    /// The address is of no known engine or cannot be parsed.
    #[error(
        "`{url}` is no warehouse address; write `sqlite:path/warehouse.db` or `postgres://user@host/database`"
    )]
    BadUrl {
        /// The address without its password.
        url: String,
    },
    /// The server or the file cannot be reached.
    #[error(
        "the warehouse `{url}` cannot be reached: {cause}; check that the path exists or the server runs, then start again"
    )]
    Unreachable {
        /// The address without its password.
        url: String,
        /// What the driver says.
        cause: String,
    },
    /// Another process writes and did not finish in time.
    #[error(
        "the warehouse is locked by another program; wait until its run has ended, then start again"
    )]
    LockedByAnother,
    /// No space left.
    #[error(
        "no space left for the warehouse ({cause}); free some disk space and start again, nothing was stored"
    )]
    DiskFull {
        /// What the driver says.
        cause: String,
    },
    /// No permission to write.
    #[error(
        "the warehouse cannot be written ({cause}); check the permissions of its file and folder or of its user"
    )]
    ReadOnly {
        /// What the driver says.
        cause: String,
    },
    /// The file is damaged or is no database.
    #[error(
        "the warehouse file is damaged or is no SQLite database ({cause}); restore it from a backup"
    )]
    Damaged {
        /// What the driver says.
        cause: String,
    },
    /// The tables are older or newer than this program.
    #[error(
        "the tables of the warehouse have version {found}, this program needs {needed}; {advice}"
    )]
    WrongSchemaVersion {
        /// Version of the tables; 0 for none.
        found: i64,
        /// Version this program was built with.
        needed: i64,
        /// What to do.
        advice: &'static str,
    },
    /// Nothing has this id.
    #[error("there is no {what} `{id}` in the warehouse")]
    NotFound {
        /// `submission`, `line`, `alias` …
        what: &'static str,
        /// The id asked for.
        id: String,
    },
    /// The delivery would replace stored lines and shares none with them; nothing was stored.
    #[error("the file shares no line with the {closed} {kind} lines it would replace")]
    SharesNothing {
        /// Kind of the lines.
        kind: FlowKind,
        /// Stored lines it would close.
        closed: u64,
    },
    /// A submission in this state has nothing to take back.
    #[error("submission {submission_id} is `{state}`, so there is nothing to undo")]
    NothingToUndo {
        /// The submission.
        submission_id: i64,
        /// Its state.
        state: String,
    },
    /// An earlier period with lines is still open.
    #[error(
        "period {period} cannot be closed while the earlier period {open} is open; close {open} first"
    )]
    EarlierPeriodOpen {
        /// The period asked for.
        period: Period,
        /// The earlier one.
        open: Period,
    },
    /// A later period is closed already.
    #[error(
        "period {period} cannot be reopened while the later period {closed} is closed; reopen {closed} first"
    )]
    LaterPeriodClosed {
        /// The period asked for.
        period: Period,
        /// The later one.
        closed: Period,
    },
    /// A cursor that this warehouse never gave out.
    #[error("`{text}` is no feed cursor; use one that the feed printed, or `0:0` for everything")]
    BadCursor {
        /// The text.
        text: String,
    },
    /// More lines in one load than a load has numbers for.
    #[error("one load may open at most {most} lines; split the file")]
    TooManyLines {
        /// Limit.
        most: i64,
    },
    /// The caller handed over something that contradicts itself (a bug, not bad data).
    #[error("internal: {what}")]
    Misuse {
        /// What is wrong.
        what: String,
    },
    /// A stored value that this program cannot read.
    #[error("the warehouse holds a value that cannot be read: {what}; run `channelflow doctor`")]
    Unreadable {
        /// Which value, and why.
        what: String,
    },
    /// The migrations could not be applied.
    #[error("the tables of the warehouse could not be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// Anything else the database refused.
    #[error("the database refused `{statement}`: {source}{place}")]
    Refused {
        /// Name of the statement, for example `load/insert_line`.
        statement: &'static str,
        /// What the driver says.
        source: sqlx::Error,
        /// Where in the data, as far as the engine says so.
        place: String,
    },
    /// The caller's own receiver stopped the stream.
    #[error("{0}")]
    Receiver(String),
}

impl WarehouseError {
    /// Sorts a driver error into the situation it means. `statement` names what was being done.
    pub(crate) fn from_sqlx(statement: &'static str, error: sqlx::Error) -> Self {
        let code = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .map(std::borrow::Cow::into_owned)
            .unwrap_or_default();
        let cause = error.to_string();
        // SQLite: the low byte of the extended code is the primary code. PostgreSQL: SQLSTATE.
        let primary = code.parse::<i64>().ok().filter(|_| code.len() < 5);
        match (primary.map(|code| code & 0xff), code.as_str()) {
            (Some(5 | 6), _) | (_, "55P03" | "57014") => WarehouseError::LockedByAnother,
            (Some(13), _) | (_, "53100") => WarehouseError::DiskFull { cause },
            (Some(8), _) | (_, "25006" | "42501") => WarehouseError::ReadOnly { cause },
            (Some(11 | 26), _) => WarehouseError::Damaged { cause },
            _ => WarehouseError::Refused {
                statement,
                place: place_of(&error),
                source: error,
            },
        }
    }
}

/// The row and column PostgreSQL names for a refused COPY.
fn place_of(error: &sqlx::Error) -> String {
    error
        .as_database_error()
        .and_then(|database| database.try_downcast_ref::<sqlx::postgres::PgDatabaseError>())
        .and_then(sqlx::postgres::PgDatabaseError::r#where)
        .map_or_else(String::new, |place| format!(" ({place})"))
}
