//! Oracle through its own client library, which ODPI-C loads when it is needed. A read-only
//! transaction; days are bound as parameters; numbers stay the text the client makes of them.

use std::time::Duration;

use channelflow_model::DayRange;
use oracle::sql_type::{OracleType, ToSql};
use oracle::{Connection, Error};

use crate::blocking::{self, Feed};
use crate::description::{Resource, Server};
use crate::error::{self, Meaning};
use crate::query::Mark;
use crate::record::Record;
use crate::sink::{Halt, Sink};
use crate::sql::days;

/// Rows the client fetches at a time.
const FETCHED: u32 = 500;

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
    let connection = Connection::connect(&server.user, &server.password, &server.connection)
        .map_err(|error| error::connecting(server, meaning(&error), &error))?;
    let failed = |error: Error| error::querying(server, resource, meaning(&error), &error);
    let patience = Duration::from_secs(resource.statement_seconds);
    connection
        .set_call_timeout(Some(patience))
        .map_err(failed)?;
    let zone = format!("ALTER SESSION SET TIME_ZONE = '{}'", server.time_zone);
    for statement in [zone.as_str(), "SET TRANSACTION READ ONLY"] {
        connection.execute(statement, &[]).map_err(failed)?;
    }

    let (select, marks) = select(resource);
    let days = days(resource, range);
    let bound: Vec<(&str, &str)> = marks
        .iter()
        .map(|mark| (name(*mark), days.of(*mark)))
        .collect();
    let bound: Vec<(&str, &dyn ToSql)> = bound
        .iter()
        .map(|(name, day)| (*name, day as &dyn ToSql))
        .collect();
    let mut builder = connection.statement(&select);
    let mut statement = builder.fetch_array_size(FETCHED).build().map_err(failed)?;
    let rows = statement.query_named(&bound).map_err(failed)?;
    let mut names = Vec::new();
    for column in rows.column_info() {
        let kind = column.oracle_type();
        if matches!(
            kind,
            OracleType::Raw(_) | OracleType::BLOB | OracleType::BFILE
        ) {
            return Err(error::bytes(resource, column.name()));
        }
        names.push(column.name().to_owned());
    }
    feed.columns(&names)?;

    let mut record = Record::default();
    for row in rows {
        let row = row.map_err(failed)?;
        record.clear();
        for value in row.sql_values() {
            match value.get::<Option<String>>().map_err(failed)? {
                Some(text) => record.text(text.as_bytes()),
                None => record.null(),
            }
        }
        feed.row(record.finish())?;
    }
    Ok(())
}

/// The query and the marks in it, each once.
fn select(resource: &Resource) -> (String, Vec<Mark>) {
    let mut marks = Vec::new();
    let query = resource.query.text(|mark| {
        if !marks.contains(&mark) {
            marks.push(mark);
        }
        if resource.compact_days {
            format!(":{}", name(mark))
        } else {
            format!("TO_DATE(:{}, 'YYYY-MM-DD')", name(mark))
        }
    });
    let order = resource.watermark.as_ref().map_or(String::new(), |column| {
        format!(" ORDER BY q.\"{}\"", column.replace('"', "\"\""))
    });
    (format!("SELECT * FROM (\n{query}) q{order}"), marks)
}

fn name(mark: Mark) -> &'static str {
    match mark {
        Mark::From => "day_from",
        Mark::To => "day_to",
        Mark::Until => "day_until",
    }
}

fn meaning(error: &Error) -> Meaning {
    // The client library is not there, or could not be loaded.
    if error.dpi_code().is_some_and(|code| code == 1047) {
        return Meaning::Query;
    }
    match error.oci_code() {
        Some(1017 | 1005 | 1031 | 28000 | 28001) => Meaning::Refused,
        Some(904 | 942 | 4043) => Meaning::Missing,
        Some(1456 | 14551 | 16000) => Meaning::Writes,
        Some(1013 | 3136 | 3156) => Meaning::TooSlow,
        Some(28 | 1012 | 1033 | 1034 | 1089 | 1090 | 3113 | 3114 | 3135 | 12000..=12699) => {
            Meaning::Cut
        }
        _ if error
            .dpi_code()
            .is_some_and(|code| matches!(code, 1067 | 1080)) =>
        {
            Meaning::TooSlow
        }
        _ => Meaning::Query,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::description::Engine;
    use crate::query::Query;

    #[test]
    fn days_are_bound() {
        let text = "SELECT D, N FROM T WHERE D >= {from} AND D < {until} OR D = {from}";
        let resource = Resource {
            query: Query::parse(text, Engine::Oracle).unwrap(),
            ..crate::window::tests::sales(7)
        };
        let (sql, marks) = select(&resource);
        assert_eq!(
            sql,
            "SELECT * FROM (\nSELECT D, N FROM T WHERE D >= TO_DATE(:day_from, 'YYYY-MM-DD') AND \
             D < TO_DATE(:day_until, 'YYYY-MM-DD') OR D = TO_DATE(:day_from, 'YYYY-MM-DD')\n) q \
             ORDER BY q.\"d\""
        );
        assert_eq!(marks, [Mark::From, Mark::Until]);
    }
}
