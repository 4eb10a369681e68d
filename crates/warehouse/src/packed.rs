//! Many short rows of a query as one: SQLite hands every row to another thread by itself, which costs
//! more than what a short row says.
//!
//! Not here: what the rows mean, and rows with blobs, which JSON has no form for.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};
use sqlx::SqlStr;

use crate::database::{Tx, assembled};
use crate::sql::Statement;
use crate::value::{Cell, Row, Value};
use crate::{Engine, WarehouseError};

impl Tx {
    /// All rows of a query with so many columns, each made into a `T`, for hundreds of rows and more.
    /// Who needs an order sorts: the query's own is lost. PostgreSQL sends many rows in a packet anyway.
    pub(crate) async fn all_packed<T: Send>(
        &mut self,
        (statement, width): (&'static Statement, usize),
        values: Vec<Value>,
        read: impl Fn(&mut Row) -> Result<T, WarehouseError> + Send + Sync,
    ) -> Result<Vec<T>, WarehouseError> {
        let name = statement.name;
        if self.engine() == Engine::Postgres {
            return self.all(statement, values, read).await;
        }
        let text = packed(statement.sqlite, width);
        let mut found = Vec::new();
        let mut receive = |mut row: Row| {
            let text = row.text()?;
            let mut rows = Rows {
                found: &mut found,
                read: &read,
                statement: name,
                failed: None,
            };
            let done = rows.deserialize(&mut serde_json::Deserializer::from_str(&text));
            match (rows.failed, done) {
                (Some(error), _) => Err(error),
                (None, Ok(())) => Ok(()),
                (None, Err(error)) => Err(WarehouseError::Unreadable {
                    what: format!("JSON in `{name}`: {error}"),
                }),
            }
        };
        self.fetch(name, text, values, &mut receive).await?;
        Ok(found)
    }
}

/// The query as one row with one JSON array of arrays.
fn packed(query: &str, width: usize) -> SqlStr {
    let columns: Vec<String> = (1..=width).map(|number| format!("c{number}")).collect();
    let columns = columns.join(", ");
    assembled(format!(
        "WITH packed ({columns}) AS (\n{query}\n)\nSELECT json_group_array(json_array({columns})) FROM packed"
    ))
}

/// Reads row by row, so that no more than one is kept beside what was made of those before.
struct Rows<'r, T, F> {
    found: &'r mut Vec<T>,
    read: &'r F,
    statement: &'static str,
    /// Why a row could not be read.
    failed: Option<WarehouseError>,
}

impl<'de, T, F> DeserializeSeed<'de> for &mut Rows<'_, T, F>
where
    F: Fn(&mut Row) -> Result<T, WarehouseError>,
{
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T, F> Visitor<'de> for &mut Rows<'_, T, F>
where
    F: Fn(&mut Row) -> Result<T, WarehouseError>,
{
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        while let Some(cells) = rows.next_element::<Vec<Cell>>()? {
            match (self.read)(&mut Row::of(cells, self.statement)) {
                Ok(row) => self.found.push(row),
                Err(error) => {
                    self.failed = Some(error);
                    return Err(serde::de::Error::custom("a row cannot be read"));
                }
            }
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CellVisitor)
    }
}

struct CellVisitor;

impl Visitor<'_> for CellVisitor {
    type Value = Cell;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an integer, a text or null")
    }

    fn visit_unit<E>(self) -> Result<Cell, E> {
        Ok(Cell::Null)
    }

    fn visit_i64<E>(self, value: i64) -> Result<Cell, E> {
        Ok(Cell::Int(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Cell, E> {
        i64::try_from(value).map(Cell::Int).map_err(E::custom)
    }

    fn visit_str<E>(self, value: &str) -> Result<Cell, E> {
        Ok(Cell::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Cell, E> {
        Ok(Cell::Text(value))
    }
}
