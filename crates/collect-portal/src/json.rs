//! Lists a portal answers as JSON.

use channelflow_model::Sentence;
use reqwest::Url;
use serde_json::Value;

use crate::address::shown;
use crate::description::{Column, Json, List};
use crate::list::{Onward, Piece};
use crate::table::Table;
use crate::trouble::Trouble;

/// What an answer holds.
pub(crate) fn piece(text: &str, url: &Url, list: &List, json: &Json) -> Result<Piece, Trouble> {
    let about = |code| {
        Sentence::new(code)
            .fact("list", &list.name)
            .fact("address", shown(url))
    };
    let value: Value = serde_json::from_str(text).map_err(|error| {
        let place = format!("{}:{}", error.line(), error.column());
        Trouble::changed(about("portal_no_json").fact("place", place))
    })?;
    let missing = |path: &str| {
        let keys = keys(&value);
        Trouble::changed(
            about("portal_no_key")
                .fact("path", path)
                .fact("found", crate::form::listed(&keys)),
        )
    };
    let items = at(&value, &json.items).ok_or_else(|| missing(&json.items))?;
    let items: &[Value] = match items {
        Value::Array(items) => items,
        // Some write nothing where others write an empty list.
        Value::Null => &[],
        _ => return Err(missing(&json.items)),
    };
    let mut table = Table {
        header: list.headings(),
        rows: Vec::with_capacity(items.len()),
    };
    for item in items {
        let row = list.columns.iter().map(|column| cell(item, column));
        let Some(row) = row.collect::<Option<Vec<String>>>() else {
            let gone = list
                .columns
                .iter()
                .filter(|column| cell(item, column).is_none());
            let gone: Vec<String> = gone.map(|column| column.key().to_owned()).collect();
            return Err(Trouble::changed(
                about("portal_columns")
                    .fact("missing", crate::form::listed(&gone))
                    .fact("found", crate::form::listed(&keys(item))),
            ));
        };
        table.rows.push(row);
    }
    let stated = |path: Option<&String>| -> Result<Option<u64>, Trouble> {
        let Some(path) = path else { return Ok(None) };
        let number = at(&value, path).and_then(|number| match number {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        });
        number.map(Some).ok_or_else(|| missing(path))
    };
    let told = list.stated.as_ref();
    let cursor = list.next.as_ref().and_then(|next| next.cursor.as_ref());
    let onward = match cursor {
        None => Onward::Nothing,
        // A key that is not there is a changed answer, not an end.
        Some(path) => match at(&value, path).ok_or_else(|| missing(path))? {
            Value::Null | Value::Bool(false) => Onward::Nothing,
            Value::String(word) if word.is_empty() => Onward::Nothing,
            Value::String(word) => Onward::Cursor(word.clone()),
            other => Onward::Cursor(other.to_string()),
        },
    };
    Ok(Piece {
        rows: stated(told.and_then(|told| told.rows.as_ref()))?,
        pages: stated(told.and_then(|told| told.pages.as_ref()))?,
        table,
        onward,
    })
}

/// A value by its path, `/data/rows`, or by its key.
fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    if path.is_empty() || path.starts_with('/') {
        value.pointer(path)
    } else {
        value.get(path)
    }
}

fn cell(item: &Value, column: &Column) -> Option<String> {
    Some(match at(item, column.key())? {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        // Numbers as their shortest exact text.
        other => other.to_string(),
    })
}

fn keys(value: &Value) -> Vec<String> {
    match value {
        Value::Object(fields) => fields.keys().cloned().collect(),
        _ => Vec::new(),
    }
}
