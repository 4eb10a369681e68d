//! The two engines behind one small set of verbs: execute, fetch, insert many.
//!
//! Values and rows are plain enums, so that every statement and every reader above this file is
//! written once. Not here: SQL texts (`sql`) and what they mean.

use std::fmt;
use std::sync::Arc;

use channelflow_model::{Day, FlowKind, Micros, Period};
use futures::StreamExt;
use sqlx::postgres::{PgArguments, PgRow, Postgres};
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteRow};
use sqlx::{
    Arguments, AssertSqlSafe, Column, Row as _, SqlSafeStr, SqlStr, Transaction, TypeInfo, ValueRef,
};

use crate::delivery::Mode;
use crate::sql::Statement;
use crate::{Engine, WarehouseError};

/// A bound value; `None` is NULL of that type.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Int(Option<i64>),
    Text(Option<Arc<str>>),
    Blob(Vec<u8>),
}

/// Values of one statement or one row.
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        vec![$($crate::database::Value::from($value)),*]
    };
}
pub(crate) use values;

macro_rules! from_integers {
    ($($type:ty),*) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Value::Int(Some(i64::from(value)))
            }
        }
        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Self {
                Value::Int(value.map(i64::from))
            }
        }
    )*};
}
from_integers!(i64, i32, u32, bool);

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Value::Int(Some(i64::try_from(value).unwrap_or(i64::MAX)))
    }
}
impl From<Micros> for Value {
    fn from(value: Micros) -> Self {
        Value::Int(Some(value.0))
    }
}
impl From<Option<Micros>> for Value {
    fn from(value: Option<Micros>) -> Self {
        Value::Int(value.map(|value| value.0))
    }
}
impl From<Day> for Value {
    fn from(value: Day) -> Self {
        Value::from(value.number())
    }
}
impl From<Option<Day>> for Value {
    fn from(value: Option<Day>) -> Self {
        Value::from(value.map(Day::number))
    }
}
impl From<Period> for Value {
    fn from(value: Period) -> Self {
        Value::from(value.number())
    }
}
impl From<FlowKind> for Value {
    fn from(value: FlowKind) -> Self {
        Value::Int(Some(kind_number(value)))
    }
}
impl From<Option<FlowKind>> for Value {
    fn from(value: Option<FlowKind>) -> Self {
        Value::Int(value.map(kind_number))
    }
}
impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::Text(Some(value.into()))
    }
}
impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Value::Text(Some(value.as_str().into()))
    }
}
impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::Text(Some(value.into()))
    }
}
impl From<Arc<str>> for Value {
    fn from(value: Arc<str>) -> Self {
        Value::Text(Some(value))
    }
}
impl From<Option<Arc<str>>> for Value {
    fn from(value: Option<Arc<str>>) -> Self {
        Value::Text(value)
    }
}
impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Self {
        Value::Text(value.map(Into::into))
    }
}
impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Value::Blob(value)
    }
}

/// Number of a kind in tables.
pub(crate) fn kind_number(kind: FlowKind) -> i64 {
    match kind {
        FlowKind::Sale => 0,
        FlowKind::Purchase => 1,
        FlowKind::Inventory => 2,
    }
}

/// Ids and other values as a JSON array, the one list parameter both engines take.
pub(crate) fn json_list<T: fmt::Display>(values: impl IntoIterator<Item = T>) -> String {
    let mut list = String::from("[");
    for (index, value) in values.into_iter().enumerate() {
        if index > 0 {
            list.push(',');
        }
        list.push_str(&value.to_string());
    }
    list.push(']');
    list
}

#[derive(Debug)]
enum Cell {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

/// A fetched row, read from left to right.
#[derive(Debug)]
pub(crate) struct Row {
    cells: std::vec::IntoIter<Cell>,
    statement: &'static str,
}

impl Row {
    fn unreadable(&self, expected: &str) -> WarehouseError {
        WarehouseError::Unreadable {
            what: format!("a column of `{}` is no {expected}", self.statement),
        }
    }

    pub(crate) fn opt_int(&mut self) -> Result<Option<i64>, WarehouseError> {
        match self.cells.next() {
            Some(Cell::Int(value)) => Ok(Some(value)),
            Some(Cell::Null) => Ok(None),
            _ => Err(self.unreadable("integer")),
        }
    }

    pub(crate) fn int(&mut self) -> Result<i64, WarehouseError> {
        self.opt_int()?
            .ok_or_else(|| self.unreadable("integer, but null"))
    }

    pub(crate) fn small<T: TryFrom<i64>>(&mut self) -> Result<T, WarehouseError> {
        let value = self.int()?;
        T::try_from(value).map_err(|_| self.unreadable("integer of its range"))
    }

    pub(crate) fn flag(&mut self) -> Result<bool, WarehouseError> {
        Ok(self.int()? != 0)
    }

    pub(crate) fn opt_text(&mut self) -> Result<Option<String>, WarehouseError> {
        match self.cells.next() {
            Some(Cell::Text(value)) => Ok(Some(value)),
            Some(Cell::Null) => Ok(None),
            _ => Err(self.unreadable("text")),
        }
    }

    /// A text; NULL is the empty text.
    pub(crate) fn text(&mut self) -> Result<String, WarehouseError> {
        Ok(self.opt_text()?.unwrap_or_default())
    }

    pub(crate) fn opt_shared(&mut self) -> Result<Option<Arc<str>>, WarehouseError> {
        Ok(self.opt_text()?.map(Into::into))
    }

    pub(crate) fn blob(&mut self) -> Result<Vec<u8>, WarehouseError> {
        match self.cells.next() {
            Some(Cell::Blob(value)) => Ok(value),
            _ => Err(self.unreadable("blob")),
        }
    }

    pub(crate) fn micros(&mut self) -> Result<Micros, WarehouseError> {
        self.int().map(Micros)
    }

    pub(crate) fn opt_micros(&mut self) -> Result<Option<Micros>, WarehouseError> {
        Ok(self.opt_int()?.map(Micros))
    }

    pub(crate) fn opt_day(&mut self) -> Result<Option<Day>, WarehouseError> {
        match self.opt_int()? {
            None => Ok(None),
            Some(number) => i32::try_from(number)
                .ok()
                .and_then(Day::from_number)
                .map(Some)
                .ok_or_else(|| self.unreadable("day")),
        }
    }

    pub(crate) fn day(&mut self) -> Result<Day, WarehouseError> {
        self.opt_day()?.ok_or_else(|| self.unreadable("day"))
    }

    pub(crate) fn period(&mut self) -> Result<Period, WarehouseError> {
        i32::try_from(self.int()?)
            .ok()
            .and_then(Period::from_number)
            .ok_or_else(|| self.unreadable("period"))
    }

    pub(crate) fn opt_kind(&mut self) -> Result<Option<FlowKind>, WarehouseError> {
        let Some(number) = self.opt_int()? else {
            return Ok(None);
        };
        FlowKind::ALL
            .into_iter()
            .find(|kind| kind_number(*kind) == number)
            .map(Some)
            .ok_or_else(|| self.unreadable("flow kind"))
    }

    pub(crate) fn kind(&mut self) -> Result<FlowKind, WarehouseError> {
        self.opt_kind()?.ok_or_else(|| self.unreadable("flow kind"))
    }

    /// A JSON text.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&mut self) -> Result<T, WarehouseError> {
        let text = self.text()?;
        serde_json::from_str(&text).map_err(|error| WarehouseError::Unreadable {
            what: format!("JSON in `{}`: {error}", self.statement),
        })
    }
}

/// The only door for SQL that is not a literal: `text` is made of the project's own `.sql` files
/// and of placeholders that are counted here, never of data.
pub(crate) fn assembled(text: String) -> SqlStr {
    AssertSqlSafe(text).into_sql_str()
}

/// A transaction. Dropped without [`Tx::finish`] it is rolled back.
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    pub(crate) fn engine(&self) -> Engine {
        match self {
            Tx::Sqlite(_) => Engine::Sqlite,
            Tx::Postgres(_) => Engine::Postgres,
        }
    }

    /// Runs a statement; returns the number of rows it touched.
    pub(crate) async fn execute(
        &mut self,
        statement: &'static Statement,
        values: Vec<Value>,
    ) -> Result<u64, WarehouseError> {
        let sql = SqlStr::from_static(statement.text(self.engine()));
        self.run(statement.name, sql, values, true).await
    }

    /// Runs assembled SQL; `persistent` keeps it prepared.
    pub(crate) async fn run(
        &mut self,
        name: &'static str,
        sql: SqlStr,
        values: Vec<Value>,
        persistent: bool,
    ) -> Result<u64, WarehouseError> {
        let done = match self {
            Tx::Sqlite(tx) => sqlx::query_with(
                sql,
                sqlite_arguments(values).map_err(|error| encoding(name, error))?,
            )
            .persistent(persistent)
            .execute(&mut **tx)
            .await
            .map(|done| done.rows_affected()),
            Tx::Postgres(tx) => sqlx::query_with(
                sql,
                postgres_arguments(values).map_err(|error| encoding(name, error))?,
            )
            .persistent(persistent)
            .execute(&mut **tx)
            .await
            .map(|done| done.rows_affected()),
        };
        done.map_err(|error| WarehouseError::from_sqlx(name, error))
    }

    /// Hands every row to `receive`.
    pub(crate) async fn each(
        &mut self,
        statement: &'static Statement,
        values: Vec<Value>,
        receive: &mut (dyn FnMut(Row) -> Result<(), WarehouseError> + Send),
    ) -> Result<(), WarehouseError> {
        let name = statement.name;
        let failed = |error| WarehouseError::from_sqlx(name, error);
        let sql = SqlStr::from_static(statement.text(self.engine()));
        match self {
            Tx::Sqlite(tx) => {
                let arguments = sqlite_arguments(values).map_err(|error| encoding(name, error))?;
                let mut rows = sqlx::query_with(sql, arguments).fetch(&mut **tx);
                while let Some(row) = rows.next().await {
                    receive(sqlite_row(name, &row.map_err(failed)?)?)?;
                }
            }
            Tx::Postgres(tx) => {
                let arguments =
                    postgres_arguments(values).map_err(|error| encoding(name, error))?;
                let mut rows = sqlx::query_with(sql, arguments).fetch(&mut **tx);
                while let Some(row) = rows.next().await {
                    receive(postgres_row(name, &row.map_err(failed)?)?)?;
                }
            }
        }
        Ok(())
    }

    /// All rows, each made into a `T`.
    pub(crate) async fn all<T: Send>(
        &mut self,
        statement: &'static Statement,
        values: Vec<Value>,
        read: impl Fn(&mut Row) -> Result<T, WarehouseError> + Send + Sync,
    ) -> Result<Vec<T>, WarehouseError> {
        let mut found = Vec::new();
        self.each(statement, values, &mut |mut row| {
            found.push(read(&mut row)?);
            Ok(())
        })
        .await?;
        Ok(found)
    }

    /// The first row, if there is one.
    pub(crate) async fn first<T: Send>(
        &mut self,
        statement: &'static Statement,
        values: Vec<Value>,
        read: impl Fn(&mut Row) -> Result<T, WarehouseError> + Send + Sync,
    ) -> Result<Option<T>, WarehouseError> {
        Ok(self.all(statement, values, read).await?.into_iter().next())
    }

    /// The integer a statement returns, for `RETURNING id` and counts.
    pub(crate) async fn integer(
        &mut self,
        statement: &'static Statement,
        values: Vec<Value>,
    ) -> Result<i64, WarehouseError> {
        self.first(statement, values, Row::int)
            .await?
            .ok_or_else(|| WarehouseError::Unreadable {
                what: format!("`{}` returned nothing", statement.name),
            })
    }

    /// Runs an `INSERT … VALUES ($1, …)` for many rows, as few statements as the engine allows.
    pub(crate) async fn insert_many(
        &mut self,
        statement: &'static Statement,
        rows: Vec<Vec<Value>>,
    ) -> Result<(), WarehouseError> {
        /// Largest number of placeholders in one statement: SQLite's default limit is 32,766.
        const MOST_VALUES: usize = 30_000;
        let engine = self.engine();
        let mut pending: Vec<Value> = Vec::new();
        let mut pending_rows = 0;
        for row in rows {
            let width = row.len();
            pending.extend(row);
            pending_rows += 1;
            if pending.len() + width > MOST_VALUES {
                let sql = repeated(statement.text(engine), engine, pending_rows, width);
                let full = std::mem::take(&mut pending);
                self.run(statement.name, sql, full, true).await?;
                pending_rows = 0;
            }
        }
        if pending_rows > 0 {
            let width = pending.len() / pending_rows;
            let sql = repeated(statement.text(engine), engine, pending_rows, width);
            self.run(statement.name, sql, pending, false).await?;
        }
        Ok(())
    }

    /// Commits, or rolls back for a dry run.
    pub(crate) async fn finish(self, mode: Mode) -> Result<(), WarehouseError> {
        let done = match (self, mode) {
            (Tx::Sqlite(tx), Mode::Commit) => tx.commit().await,
            (Tx::Sqlite(tx), Mode::DryRun) => tx.rollback().await,
            (Tx::Postgres(tx), Mode::Commit) => tx.commit().await,
            (Tx::Postgres(tx), Mode::DryRun) => tx.rollback().await,
        };
        done.map_err(|error| WarehouseError::from_sqlx("commit", error))
    }
}

/// The statement with its one `VALUES (…)` tuple repeated. SQLite gets `?`, because sqlx looks up
/// the name of every parameter, which is quadratic in the number of `$n`.
fn repeated(text: &str, engine: Engine, rows: usize, width: usize) -> SqlStr {
    let Some((head, rest)) = text.split_once("VALUES (") else {
        return assembled(text.to_owned());
    };
    let tail = rest.split_once(')').map_or("", |(_, tail)| tail);
    let mut sql = String::with_capacity(text.len() + rows * width * 7);
    sql.push_str(head);
    sql.push_str("VALUES ");
    let mut number = 0;
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..width {
            number += 1;
            if column > 0 {
                sql.push_str(", ");
            }
            match engine {
                Engine::Sqlite => sql.push('?'),
                Engine::Postgres => {
                    sql.push('$');
                    sql.push_str(&number.to_string());
                }
            }
        }
        sql.push(')');
    }
    sql.push_str(tail);
    assembled(sql)
}

fn encoding(statement: &'static str, error: sqlx::error::BoxDynError) -> WarehouseError {
    WarehouseError::from_sqlx(statement, sqlx::Error::Encode(error))
}

fn sqlite_arguments(values: Vec<Value>) -> Result<SqliteArguments, sqlx::error::BoxDynError> {
    let mut arguments = SqliteArguments::default();
    arguments.reserve(values.len(), 0);
    for value in values {
        match value {
            Value::Int(value) => arguments.add(value)?,
            Value::Text(value) => arguments.add(value)?,
            Value::Blob(value) => arguments.add(value)?,
        }
    }
    Ok(arguments)
}

fn postgres_arguments(values: Vec<Value>) -> Result<PgArguments, sqlx::error::BoxDynError> {
    let mut arguments = PgArguments::default();
    arguments.reserve(values.len(), 0);
    for value in values {
        match value {
            Value::Int(value) => arguments.add(value)?,
            // PostgreSQL cannot store NUL.
            Value::Text(Some(value)) if value.contains('\0') => {
                arguments.add(value.replace('\0', ""))?;
            }
            Value::Text(value) => arguments.add(value.as_deref())?,
            Value::Blob(value) => arguments.add(value)?,
        }
    }
    Ok(arguments)
}

fn sqlite_row(statement: &'static str, row: &SqliteRow) -> Result<Row, WarehouseError> {
    let failed = |error| WarehouseError::from_sqlx(statement, error);
    let mut cells = Vec::with_capacity(row.len());
    for index in 0..row.len() {
        let value = row.try_get_raw(index).map_err(failed)?;
        let cell = if value.is_null() {
            Cell::Null
        } else {
            match value.type_info().name() {
                "TEXT" => Cell::Text(row.try_get_unchecked(index).map_err(failed)?),
                "BLOB" => Cell::Blob(row.try_get_unchecked(index).map_err(failed)?),
                _ => Cell::Int(row.try_get_unchecked(index).map_err(failed)?),
            }
        };
        cells.push(cell);
    }
    Ok(Row {
        cells: cells.into_iter(),
        statement,
    })
}

fn postgres_row(statement: &'static str, row: &PgRow) -> Result<Row, WarehouseError> {
    let failed = |error| WarehouseError::from_sqlx(statement, error);
    let mut cells = Vec::with_capacity(row.len());
    for (index, column) in row.columns().iter().enumerate() {
        let value = row.try_get_raw(index).map_err(failed)?;
        let cell = if value.is_null() {
            Cell::Null
        } else {
            match column.type_info().name() {
                "INT2" => Cell::Int(row.try_get::<i16, _>(index).map_err(failed)?.into()),
                "INT4" => Cell::Int(row.try_get::<i32, _>(index).map_err(failed)?.into()),
                "INT8" => Cell::Int(row.try_get(index).map_err(failed)?),
                "BOOL" => Cell::Int(row.try_get::<bool, _>(index).map_err(failed)?.into()),
                "BYTEA" => Cell::Blob(row.try_get(index).map_err(failed)?),
                _ => Cell::Text(row.try_get(index).map_err(failed)?),
            }
        };
        cells.push(cell);
    }
    Ok(Row {
        cells: cells.into_iter(),
        statement,
    })
}
