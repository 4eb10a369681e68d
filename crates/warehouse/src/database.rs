//! The two engines behind one small set of verbs: execute, fetch, insert many.
//!
//! Values and rows are plain enums (`value`), so that every statement and every reader above this
//! file is written once. Not here: SQL texts (`sql`) and what they mean.

use futures::StreamExt;
use sqlx::postgres::{PgArguments, Postgres};
use sqlx::sqlite::{Sqlite, SqliteArguments};
use sqlx::{Arguments, AssertSqlSafe, SqlSafeStr, SqlStr, Transaction};

use crate::bulk;
use crate::delivery::Mode;
use crate::sql::Statement;
use crate::value::{Row, Value, postgres_row, sqlite_row};
use crate::{Engine, WarehouseError};

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
        let sql = SqlStr::from_static(statement.text(self.engine()));
        self.fetch(statement.name, sql, values, receive).await
    }

    /// Hands every row of assembled SQL to `receive`.
    pub(crate) async fn fetch(
        &mut self,
        name: &'static str,
        sql: SqlStr,
        values: Vec<Value>,
        receive: &mut (dyn FnMut(Row) -> Result<(), WarehouseError> + Send),
    ) -> Result<(), WarehouseError> {
        let failed = |error| WarehouseError::from_sqlx(name, error);
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

    /// Runs an `INSERT … VALUES ($1, …)` for many rows, as few statements as the engine allows, each
    /// of which it has to understand only once.
    pub(crate) async fn insert_many(
        &mut self,
        statement: &'static Statement,
        rows: Vec<Vec<Value>>,
    ) -> Result<(), WarehouseError> {
        let engine = self.engine();
        let width = rows.first().map_or(0, Vec::len);
        let mut rows = rows.into_iter();
        while rows.len() > 0 {
            let text = statement.text(engine);
            match self {
                Tx::Sqlite(_) => {
                    let size = batch(rows.len(), width);
                    let values = rows.by_ref().take(size).flatten().collect();
                    let sql = repeated(text, size, width);
                    self.run(statement.name, sql, values, true).await?;
                }
                Tx::Postgres(tx) => {
                    let columns = bulk::columns(&mut rows)
                        .map_err(|error| encoding(statement.name, error))?;
                    sqlx::query_with(bulk::unnested(text, &columns), columns.arguments)
                        .execute(&mut **tx)
                        .await
                        .map_err(|error| WarehouseError::from_sqlx(statement.name, error))?;
                }
            }
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

/// How many of these rows SQLite takes with the next statement. Only a few sizes occur, so that the
/// statements stay prepared: understanding one costs more than running it.
pub(crate) fn batch(rows: usize, width: usize) -> usize {
    /// Largest number of placeholders in one statement: SQLite's default limit is 32,766.
    const MOST_VALUES: usize = 30_000;
    let fits = |size: &usize| *size <= rows && size * width <= MOST_VALUES;
    [500, 100, 25, 5].into_iter().find(fits).unwrap_or(1)
}

/// The statement with its one `VALUES (…)` tuple repeated. SQLite gets `?`, because sqlx looks up
/// the name of every parameter, which is quadratic in the number of `$n`.
fn repeated(text: &str, rows: usize, width: usize) -> SqlStr {
    let Some((head, rest)) = text.split_once("VALUES (") else {
        return assembled(text.to_owned());
    };
    let tail = rest.split_once(')').map_or("", |(_, tail)| tail);
    let tuple = format!("({})", vec!["?"; width].join(", "));
    let tuples = vec![tuple; rows].join(", ");
    assembled(format!("{head}VALUES {tuples}{tail}"))
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
            Value::Text(value) => arguments.add(value.as_deref().map(bulk::storable))?,
            Value::Blob(value) => arguments.add(value)?,
        }
    }
    Ok(arguments)
}
