//! Many rows for PostgreSQL as a few arrays, one per column: the statement is the same for any
//! number of rows, so the server understands it once, and a value costs its bytes.
//!
//! Not here: lines by the ten thousand (`copy`).

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;

use sqlx::error::BoxDynError;
use sqlx::postgres::PgArguments;
use sqlx::{Arguments, SqlStr};

use crate::database::assembled;
use crate::value::Value;

/// Rows turned into columns.
pub(crate) struct Columns {
    pub(crate) arguments: PgArguments,
    types: Vec<&'static str>,
}

/// The values of one column.
enum Column {
    Int(Vec<Option<i64>>),
    Text(Vec<Option<Arc<str>>>),
    Blob(Vec<Vec<u8>>),
}

impl Column {
    fn push(&mut self, value: Value) -> Result<(), BoxDynError> {
        match (self, value) {
            (Column::Int(column), Value::Int(value)) => column.push(value),
            (Column::Text(column), Value::Text(value)) => column.push(value),
            (Column::Blob(column), Value::Blob(value)) => column.push(value),
            _ => return Err("the rows differ in the types of their values".into()),
        }
        Ok(())
    }
}

/// Rows that go to the server at once.
const MOST_ROWS: usize = 20_000;

/// Bytes of texts and blobs after which no more rows go with them: the server refuses a gigabyte.
const ENOUGH_BYTES: usize = 16 << 20;

/// Turns the next rows into columns, as many as go to the server at once. Fails when the rows differ
/// in width or types.
pub(crate) fn columns(rows: &mut impl Iterator<Item = Vec<Value>>) -> Result<Columns, BoxDynError> {
    let mut columns: Vec<Column> = Vec::new();
    let mut bytes = 0;
    for row in rows.take(MOST_ROWS) {
        if columns.is_empty() {
            let kinds = row.iter().map(|value| match value {
                Value::Int(_) => Column::Int(Vec::new()),
                Value::Text(_) => Column::Text(Vec::new()),
                Value::Blob(_) => Column::Blob(Vec::new()),
            });
            columns = kinds.collect();
        }
        if row.len() != columns.len() {
            return Err("the rows differ in width".into());
        }
        for (column, value) in columns.iter_mut().zip(row) {
            bytes += match &value {
                Value::Int(_) => 8,
                Value::Text(text) => text.as_ref().map_or(0, |text| text.len()),
                Value::Blob(blob) => blob.len(),
            };
            column.push(value)?;
        }
        if bytes > ENOUGH_BYTES {
            break;
        }
    }
    let mut arguments = PgArguments::default();
    let mut types = Vec::with_capacity(columns.len());
    for column in columns {
        types.push(match column {
            Column::Int(values) => {
                arguments.add(values)?;
                "BIGINT[]"
            }
            Column::Text(values) => {
                let texts = values.iter().map(|text| text.as_deref().map(storable));
                arguments.add(texts.collect::<Vec<Option<Cow<'_, str>>>>())?;
                "TEXT[]"
            }
            Column::Blob(values) => {
                arguments.add(values)?;
                "BYTEA[]"
            }
        });
    }
    Ok(Columns { arguments, types })
}

/// A text as PostgreSQL can store it: without NUL.
pub(crate) fn storable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        Cow::Owned(text.replace('\0', ""))
    } else {
        Cow::Borrowed(text)
    }
}

/// The statement with its one `VALUES (…)` tuple replaced by the rows of these columns.
pub(crate) fn unnested(text: &str, columns: &Columns) -> SqlStr {
    let Some((head, rest)) = text.split_once("VALUES (") else {
        return assembled(text.to_owned());
    };
    let tail = rest.split_once(')').map_or("", |(_, tail)| tail);
    let mut sql = format!("{head}SELECT * FROM UNNEST(");
    for (kind, number) in columns.types.iter().zip(1..) {
        let comma = if number > 1 { ", " } else { "" };
        // Writing to a string cannot fail.
        let _ = write!(sql, "{comma}CAST(${number} AS {kind})");
    }
    sql.push(')');
    sql.push_str(tail);
    assembled(sql)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::values;

    #[test]
    fn large_rows_go_a_few_at_a_time() {
        let row = || vec![Value::Blob(vec![0; 9 << 20])];
        let mut rows = vec![row(), row(), row()].into_iter();
        assert_eq!(columns(&mut rows).unwrap().types, ["BYTEA[]"]);
        assert_eq!(rows.len(), 1);
    }

    #[test]
    fn rows_that_do_not_fit_together_are_refused() {
        for other in [values![1, 2], values!["one"]] {
            let mut rows = vec![values![1], other].into_iter();
            assert!(columns(&mut rows).is_err());
        }
    }
}
