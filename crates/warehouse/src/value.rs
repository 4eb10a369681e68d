//! Values that go into statements and rows that come out, the same for both engines.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use channelflow_model::{Day, FlowKind, Micros, Period};
use sqlx::error::BoxDynError;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Column, Database, Decode, Postgres, Row as _, Sqlite, TypeInfo, ValueRef};

use crate::WarehouseError;

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
        vec![$($crate::value::Value::from($value)),*]
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

/// Numbers with a number each as a JSON object: pairs for a statement.
pub(crate) fn json_object<T: fmt::Display, U: fmt::Display>(
    pairs: impl IntoIterator<Item = (T, U)>,
) -> String {
    let mut object = String::from("{");
    for (index, (name, value)) in pairs.into_iter().enumerate() {
        let comma = if index > 0 { "," } else { "" };
        // Writing to a String cannot fail.
        let _ = write!(object, "{comma}\"{name}\":{value}");
    }
    object.push('}');
    object
}

/// A value of a fetched row.
#[derive(Debug)]
pub(crate) enum Cell {
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
    pub(crate) fn of(cells: Vec<Cell>, statement: &'static str) -> Self {
        Row {
            cells: cells.into_iter(),
            statement,
        }
    }

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

    pub(crate) fn opt_period(&mut self) -> Result<Option<Period>, WarehouseError> {
        let Some(number) = self.opt_int()? else {
            return Ok(None);
        };
        i32::try_from(number)
            .ok()
            .and_then(Period::from_number)
            .map(Some)
            .ok_or_else(|| self.unreadable("period"))
    }

    pub(crate) fn period(&mut self) -> Result<Period, WarehouseError> {
        self.opt_period()?.ok_or_else(|| self.unreadable("period"))
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

    /// One of our own words.
    pub(crate) fn word<T>(
        &mut self,
        what: &str,
        from_word: impl Fn(&str) -> Option<T>,
    ) -> Result<T, WarehouseError> {
        let word = self.text()?;
        from_word(&word).ok_or_else(|| WarehouseError::Unreadable {
            what: format!("`{word}` in `{}` is no {what}", self.statement),
        })
    }

    /// A JSON text.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&mut self) -> Result<T, WarehouseError> {
        let text = self.text()?;
        serde_json::from_str(&text).map_err(|error| WarehouseError::Unreadable {
            what: format!("JSON in `{}`: {error}", self.statement),
        })
    }
}

/// Decodes a value whose type has been looked at; sqlx's own getters would look again.
fn decode<'r, DB: Database, T: Decode<'r, DB>>(
    value: <DB as Database>::ValueRef<'r>,
) -> Result<T, BoxDynError> {
    T::decode(value)
}

pub(crate) fn sqlite_row(statement: &'static str, row: &SqliteRow) -> Result<Row, WarehouseError> {
    let failed = |error| WarehouseError::from_sqlx(statement, error);
    let decoding = |error| WarehouseError::from_sqlx(statement, sqlx::Error::Decode(error));
    let mut cells = Vec::with_capacity(row.len());
    for index in 0..row.len() {
        let value = row.try_get_raw(index).map_err(failed)?;
        let cell = if value.is_null() {
            Cell::Null
        } else {
            match value.type_info().name() {
                "TEXT" => Cell::Text(decode::<Sqlite, _>(value).map_err(decoding)?),
                "BLOB" => Cell::Blob(decode::<Sqlite, _>(value).map_err(decoding)?),
                _ => Cell::Int(decode::<Sqlite, _>(value).map_err(decoding)?),
            }
        };
        cells.push(cell);
    }
    Ok(Row::of(cells, statement))
}

pub(crate) fn postgres_row(statement: &'static str, row: &PgRow) -> Result<Row, WarehouseError> {
    let failed = |error| WarehouseError::from_sqlx(statement, error);
    let decoding = |error| WarehouseError::from_sqlx(statement, sqlx::Error::Decode(error));
    let mut cells = Vec::with_capacity(row.len());
    for (index, column) in row.columns().iter().enumerate() {
        let value = row.try_get_raw(index).map_err(failed)?;
        let cell = if value.is_null() {
            Cell::Null
        } else {
            match column.type_info().name() {
                "INT2" => Cell::Int(decode::<Postgres, i16>(value).map_err(decoding)?.into()),
                "INT4" => Cell::Int(decode::<Postgres, i32>(value).map_err(decoding)?.into()),
                "INT8" => Cell::Int(decode::<Postgres, _>(value).map_err(decoding)?),
                "BOOL" => Cell::Int(decode::<Postgres, bool>(value).map_err(decoding)?.into()),
                "BYTEA" => Cell::Blob(decode::<Postgres, _>(value).map_err(decoding)?),
                _ => Cell::Text(decode::<Postgres, _>(value).map_err(decoding)?),
            }
        };
        cells.push(cell);
    }
    Ok(Row::of(cells, statement))
}
