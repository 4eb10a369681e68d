//! A file of records compared with what holds now: what is new, which fields changed, what ended.

use std::collections::{BTreeMap, HashMap};

use channelflow_model::{Day, Micros, Period};
use serde_json::Value as Json;

use crate::WarehouseError;
use crate::master::{FieldChange, ImportDiff};
use crate::record::NewRecord;

/// What a file changes.
pub(crate) struct Comparison {
    pub diff: ImportDiff,
    /// Rows of the file, one per key.
    pub rows: u64,
    /// New and changed records with their bodies as they are stored, by key.
    pub opened: Vec<(NewRecord, String)>,
    /// Keys of what a changed record replaces or nothing follows, ascending.
    pub ended: Vec<String>,
}

/// Compares by key; of two rows with one key the last counts. `whole`: what the file lacks ends.
pub(crate) fn compare(
    current: &HashMap<String, String>,
    rows: Vec<NewRecord>,
    whole: bool,
) -> Result<Comparison, WarehouseError> {
    let wanted: BTreeMap<String, NewRecord> =
        rows.into_iter().map(|row| (row.key.clone(), row)).collect();
    let mut diff = ImportDiff::default();
    let mut ended = Vec::new();
    if whole {
        diff.absent = current
            .keys()
            .filter(|key| !wanted.contains_key(*key))
            .cloned()
            .collect();
        diff.absent.sort_unstable();
        ended.clone_from(&diff.absent);
    }
    let rows = wanted.len() as u64;
    let mut opened = Vec::new();
    for (key, record) in wanted {
        let body = record.body.to_string();
        let Some(old) = current.get(&key) else {
            diff.added.push(key);
            opened.push((record, body));
            continue;
        };
        if *old == body {
            diff.unchanged += 1;
            continue;
        }
        let before: Json =
            serde_json::from_str(old).map_err(|error| WarehouseError::Unreadable {
                what: format!("the record `{key}`: {error}"),
            })?;
        // The same fields in another order, or a field that was not written before and is null.
        let changes = changes(&key, &before, &record.body);
        if changes.is_empty() {
            diff.unchanged += 1;
            continue;
        }
        diff.changed.extend(changes);
        ended.push(key);
        opened.push((record, body));
    }
    Ok(Comparison {
        diff,
        rows,
        opened,
        ended,
    })
}

fn changes(key: &str, before: &Json, after: &Json) -> Vec<FieldChange> {
    let (mut old, mut new) = (BTreeMap::new(), BTreeMap::new());
    flatten("", before, &mut old);
    flatten("", after, &mut new);
    for field in new.keys() {
        old.entry(field.clone()).or_default();
    }
    old.into_iter()
        .filter_map(|(field, old)| {
            let new = new.remove(&field).unwrap_or_default();
            (old != new).then(|| FieldChange {
                id: key.to_owned(),
                field,
                old,
                new,
            })
        })
        .collect()
}

/// Fields of nested objects are named `span.from`.
fn flatten(field: &str, value: &Json, fields: &mut BTreeMap<String, String>) {
    if let Json::Object(inner) = value {
        for (name, value) in inner {
            let name = if field.is_empty() {
                name.clone()
            } else {
                format!("{field}.{name}")
            };
            flatten(&name, value, fields);
        }
        return;
    }
    fields.insert(field.to_owned(), shown(field, value));
}

/// A value as a person reads it. The fields of the words of settlement are named alike everywhere,
/// so a name says what its number means.
fn shown(field: &str, value: &Json) -> String {
    let number = match value {
        Json::Null => return String::new(),
        Json::String(text) => return text.clone(),
        Json::Number(number) => number.as_i64(),
        _ => None,
    };
    let small = || number.and_then(|number| i32::try_from(number).ok());
    let read = match field.rsplit('.').next().unwrap_or(field) {
        "share" | "price" | "value" | "quantity" | "amount" => {
            number.map(|number| Micros(number).to_string())
        }
        "from" | "to" | "day" | "due" => small()
            .and_then(Day::from_number)
            .map(|day| day.to_string()),
        "period" => small()
            .and_then(Period::from_number)
            .map(|period| period.to_string()),
        _ => None,
    };
    read.unwrap_or_else(|| value.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_reads_as_people_write_it() {
        let before = json!({"id": "U1", "span": {"from": 20_260_101}, "share": 600_000, "n": [1]});
        let after = json!({"share": 500_000, "id": "U1", "span": {"from": 20_260_101, "to": 20_261_231}, "n": [1]});
        let shown: Vec<String> = changes("K", &before, &after)
            .iter()
            .map(|it| format!("{} {}: {} > {}", it.id, it.field, it.old, it.new))
            .collect();
        assert_eq!(shown, ["K share: 0.6 > 0.5", "K span.to:  > 2026-12-31"]);
        assert!(changes("K", &json!({"a": 1, "b": 2}), &json!({"b": 2, "a": 1})).is_empty());
    }
}
