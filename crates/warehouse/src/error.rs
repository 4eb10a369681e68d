//! What can go wrong with the machinery behind the warehouse, one variant per situation an
//! operator can act on. Anything about the data itself is a finding, not an error. The sentences
//! stand in `config/messages/warehouse.toml`.

use std::fmt;

use channelflow_model::statement::StatementState;
use channelflow_model::{FlowKind, Lang, Period, Sentence};

/// Why the warehouse could not do what it was asked. As an error it prints in English.
#[derive(Debug)]
pub enum WarehouseError {
    /// The address is of no known engine or cannot be parsed.
    BadUrl {
        /// The address without its password.
        url: String,
    },
    /// The server or the file cannot be reached.
    Unreachable {
        /// The address without its password.
        url: String,
        /// What the driver says.
        cause: String,
    },
    /// Another process writes and did not finish in time.
    LockedByAnother,
    /// No space left.
    DiskFull {
        /// What the driver says.
        cause: String,
    },
    /// No permission to write.
    ReadOnly {
        /// What the driver says.
        cause: String,
    },
    /// The file is damaged or is no database.
    Damaged {
        /// What the driver says.
        cause: String,
    },
    /// The tables are older or newer than this program.
    WrongSchemaVersion {
        /// Version of the tables; 0 for none.
        found: i64,
        /// Version this program was built with.
        needed: i64,
    },
    /// Nothing has this id.
    NotFound {
        /// `submission`, `line`, `alias` …
        what: &'static str,
        /// The id asked for.
        id: String,
    },
    /// The delivery would replace stored lines and shares none with them; nothing was stored.
    SharesNothing {
        /// Kind of the lines.
        kind: FlowKind,
        /// Stored lines it would close.
        closed: u64,
    },
    /// A submission in this state has nothing to take back.
    NothingToUndo {
        /// The submission.
        submission_id: i64,
        /// Its state.
        state: String,
    },
    /// A statement cannot move from its state to the one asked for.
    WrongStatementState {
        /// Its number.
        number: String,
        /// Its state.
        found: StatementState,
        /// The state asked for.
        asked: StatementState,
    },
    /// A statement of another month has to move first.
    StatementOrder {
        /// Its number.
        number: String,
        /// The other one.
        other: String,
        /// State of the other one.
        found: StatementState,
    },
    /// An earlier period with lines is still open.
    EarlierPeriodOpen {
        /// The period asked for.
        period: Period,
        /// The earlier one.
        open: Period,
    },
    /// A later period is closed already.
    LaterPeriodClosed {
        /// The period asked for.
        period: Period,
        /// The later one.
        closed: Period,
    },
    /// A policy version was imported before with another text; nothing was stored.
    PolicyChanged {
        /// `id@version`.
        policy: String,
    },
    /// What was asked is against a rule of appeals, confirmations or windows; the sentence says
    /// which, and what to do.
    NotAllowed(Sentence),
    /// A cursor that this warehouse never gave out.
    BadCursor {
        /// The text.
        text: String,
    },
    /// More lines in one load than a load has numbers for.
    TooManyLines {
        /// Limit.
        most: i64,
    },
    /// The caller handed over something that contradicts itself (a bug, not bad data).
    Misuse {
        /// What is wrong.
        what: String,
    },
    /// A stored value that this program cannot read.
    Unreadable {
        /// Which value, and why.
        what: String,
    },
    /// The migrations could not be applied.
    Migrate(sqlx::migrate::MigrateError),
    /// Anything else the database refused.
    Refused {
        /// Name of the statement, for example `load/insert_line`.
        statement: &'static str,
        /// What the driver says.
        source: sqlx::Error,
        /// Where in the data, as far as the engine says so.
        place: String,
    },
    /// The caller's own receiver stopped the stream.
    Receiver(String),
}

impl WarehouseError {
    /// What happened and what to do.
    pub fn sentence(&self) -> Sentence {
        let said = Sentence::new(self.code());
        match self {
            WarehouseError::NotAllowed(rule) => rule.clone(),
            WarehouseError::BadUrl { url } => said.fact("url", url),
            WarehouseError::Unreachable { url, cause } => {
                said.fact("url", url).fact("cause", cause)
            }
            WarehouseError::LockedByAnother => said,
            WarehouseError::DiskFull { cause }
            | WarehouseError::ReadOnly { cause }
            | WarehouseError::Damaged { cause }
            | WarehouseError::Receiver(cause) => said.fact("cause", cause),
            WarehouseError::WrongSchemaVersion { found, needed } => {
                said.fact("found", found).fact("needed", needed)
            }
            WarehouseError::NotFound { what, id } => said.fact("what", what).fact("id", id),
            WarehouseError::SharesNothing { kind, closed } => {
                said.fact("kind", kind).fact("closed", closed)
            }
            WarehouseError::NothingToUndo {
                submission_id,
                state,
            } => said.fact("submission", submission_id).fact("state", state),
            WarehouseError::WrongStatementState {
                number,
                found,
                asked,
            } => said
                .fact("number", number)
                .fact("found", found)
                .fact("asked", asked),
            WarehouseError::StatementOrder {
                number,
                other,
                found,
            } => said
                .fact("number", number)
                .fact("other", other)
                .fact("found", found),
            WarehouseError::EarlierPeriodOpen {
                period,
                open: other,
            }
            | WarehouseError::LaterPeriodClosed {
                period,
                closed: other,
            } => said.fact("period", period).fact("other", other),
            WarehouseError::PolicyChanged { policy } => said.fact("policy", policy),
            WarehouseError::BadCursor { text } => said.fact("text", text),
            WarehouseError::TooManyLines { most } => said.fact("most", most),
            WarehouseError::Misuse { what } | WarehouseError::Unreadable { what } => {
                said.fact("cause", what)
            }
            WarehouseError::Migrate(error) => said.fact("cause", error),
            WarehouseError::Refused {
                statement,
                source,
                place,
            } => said
                .fact("statement", statement)
                .fact("cause", format!("{source}{place}")),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            WarehouseError::BadUrl { .. } => "warehouse_bad_url",
            WarehouseError::Unreachable { .. } => "warehouse_unreachable",
            WarehouseError::LockedByAnother => "warehouse_locked",
            WarehouseError::DiskFull { .. } => "warehouse_disk_full",
            WarehouseError::ReadOnly { .. } => "warehouse_read_only",
            WarehouseError::Damaged { .. } => "warehouse_damaged",
            WarehouseError::WrongSchemaVersion { found, needed } if found > needed => {
                "warehouse_too_new"
            }
            WarehouseError::WrongSchemaVersion { .. } => "warehouse_too_old",
            WarehouseError::NotFound { what, .. } => match *what {
                "submission" => "warehouse_no_submission",
                "line" => "warehouse_no_line",
                "alias in force" => "warehouse_no_alias",
                "decision in force" => "warehouse_no_decision",
                "layout" => "warehouse_no_layout",
                "statement" => "warehouse_no_statement",
                "appeal" => "warehouse_no_appeal",
                "closed period" => "warehouse_no_closed_period",
                "settings version" => "warehouse_no_settings_version",
                _ => "warehouse_not_found",
            },
            WarehouseError::SharesNothing { .. } => "warehouse_shares_nothing",
            WarehouseError::NothingToUndo { .. } => "warehouse_nothing_to_undo",
            WarehouseError::WrongStatementState { .. } => "warehouse_statement_state",
            WarehouseError::StatementOrder { .. } => "warehouse_statement_order",
            WarehouseError::EarlierPeriodOpen { .. } => "warehouse_earlier_open",
            WarehouseError::LaterPeriodClosed { .. } => "warehouse_later_closed",
            WarehouseError::PolicyChanged { .. } => "warehouse_policy_changed",
            WarehouseError::NotAllowed(_) => "warehouse_not_allowed",
            WarehouseError::BadCursor { .. } => "warehouse_bad_cursor",
            WarehouseError::TooManyLines { .. } => "warehouse_too_many_lines",
            WarehouseError::Misuse { .. } => "warehouse_misuse",
            WarehouseError::Unreadable { .. } => "warehouse_unreadable",
            WarehouseError::Migrate(_) => "warehouse_migrate",
            WarehouseError::Refused { .. } => "warehouse_refused",
            WarehouseError::Receiver(_) => "warehouse_receiver",
        }
    }

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

impl fmt::Display for WarehouseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = self.sentence();
        f.write_str(&said.text(Lang::En))?;
        match said.hint(Lang::En) {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}

// Without a source: the sentence already says what the driver said.
impl std::error::Error for WarehouseError {}

impl From<Sentence> for WarehouseError {
    fn from(rule: Sentence) -> Self {
        WarehouseError::NotAllowed(rule)
    }
}

impl From<sqlx::migrate::MigrateError> for WarehouseError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        WarehouseError::Migrate(error)
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
