//! Many short rows of a query as one: SQLite hands every row to another thread by itself, which costs
//! more than what a short row says.
//!
//! Not here: what the rows mean, and rows with blobs, which JSON has no form for.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Visitor};
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
            let rows: Vec<Cells> = row.json()?;
            found.reserve(rows.len());
            for Cells(cells) in rows {
                found.push(read(&mut Row::of(cells, name))?);
            }
            Ok(())
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

struct Cells(Vec<Cell>);

impl<'de> Deserialize<'de> for Cells {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Cells)
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
