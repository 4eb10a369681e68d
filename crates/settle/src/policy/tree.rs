//! A policy as a tree of values that know their line, whether it was written as TOML or as a
//! sheet, and the tree as TOML. Numbers stay the texts they were written as, so that no float
//! comes between. Not here: what the keys mean (`parse`).

use std::collections::BTreeMap;

use channelflow_model::Sentence;
use toml::de::{DeTable, DeValue};

use super::problem::Problem;

/// A value and the line it begins at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) line: usize,
    pub(crate) value: Value,
}

/// A value as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    Number(String),
    Flag(bool),
    Date(String),
    List(Vec<Node>),
    Table(Table),
}

/// Keys with the line they stand at.
pub(crate) type Table = BTreeMap<String, (usize, Node)>;

impl Value {
    /// What it is, in the words of the messages (`toml_…`).
    pub(crate) fn type_str(&self) -> &'static str {
        match self {
            Value::Text(_) => "string",
            Value::Number(text) if text.contains(['.', 'e', 'E']) => "float",
            Value::Number(_) => "integer",
            Value::Flag(_) => "boolean",
            Value::Date(_) => "datetime",
            Value::List(_) => "array",
            Value::Table(_) => "table",
        }
    }
}

/// Reads TOML; when it is none, only that is reported.
pub(crate) fn from_toml(file: &str, text: &str) -> Result<Table, Vec<Problem>> {
    let lines = Lines(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(lines.table(table.into_inner()));
    }
    let problem = |error: toml::de::Error| Problem {
        file: file.to_owned(),
        line: Some(lines.of(error.span().map_or(0, |span| span.start))),
        found: Sentence::new("policy_not_toml").fact("cause", error.message()),
        suggestion: None,
    };
    Err(errors.into_iter().map(problem).collect())
}

struct Lines<'t>(&'t str);

impl Lines<'_> {
    fn of(&self, offset: usize) -> usize {
        let before = self.0.get(..offset).unwrap_or(self.0);
        before.matches('\n').count() + 1
    }

    fn table(&self, table: DeTable<'_>) -> Table {
        table
            .into_iter()
            .map(|(key, value)| {
                let line = self.of(key.span().start);
                let value_line = self.of(value.span().start);
                let node = self.node(value_line, value.into_inner());
                (key.into_inner().into_owned(), (line, node))
            })
            .collect()
    }

    fn node(&self, line: usize, value: DeValue<'_>) -> Node {
        let value = match value {
            DeValue::String(text) => Value::Text(text.into_owned()),
            DeValue::Integer(number) if number.radix() == 10 => {
                Value::Number(number.as_str().to_owned())
            }
            // Nobody writes money in hexadecimal: a text that is no number is reported as such.
            DeValue::Integer(number) => Value::Text(number.to_string()),
            DeValue::Float(number) => Value::Number(number.as_str().to_owned()),
            DeValue::Boolean(flag) => Value::Flag(flag),
            DeValue::Datetime(date) => Value::Date(date.to_string()),
            DeValue::Array(values) => Value::List(
                values
                    .into_iter()
                    .map(|value| {
                        let line = self.of(value.span().start);
                        self.node(line, value.into_inner())
                    })
                    .collect(),
            ),
            DeValue::Table(table) => Value::Table(self.table(table)),
        };
        Node { line, value }
    }
}

/// The tree as TOML: values first, then tables, then lists of tables.
pub(crate) fn to_toml(table: &Table) -> String {
    let mut text = String::new();
    write_table(&mut text, "", table);
    text
}

fn write_table(text: &mut String, path: &str, table: &Table) {
    let mut inner = Vec::new();
    let mut ordered: Vec<_> = table.iter().collect();
    ordered.sort_by_key(|(_, (line, _))| *line);
    for (key, (_, node)) in ordered {
        match &node.value {
            Value::Table(table) => inner.push((key, vec![table], "[", "]")),
            Value::List(nodes) if !nodes.is_empty() && nodes.iter().all(is_section) => {
                let tables = nodes.iter().filter_map(|node| match &node.value {
                    Value::Table(table) => Some(table),
                    _ => None,
                });
                inner.push((key, tables.collect(), "[[", "]]"));
            }
            value => text.push_str(&format!("{} = {}\n", key_text(key), inline(value))),
        }
    }
    for (key, tables, open, close) in inner {
        let path = if path.is_empty() {
            key_text(key)
        } else {
            format!("{path}.{}", key_text(key))
        };
        for table in tables {
            text.push_str(&format!("\n{open}{path}{close}\n"));
            write_table(text, &path, table);
        }
    }
}

/// Whether a table of a list deserves a heading of its own; short ones are written in one line.
fn is_section(node: &Node) -> bool {
    match &node.value {
        Value::Table(table) => {
            table.len() > 4
                || table
                    .values()
                    .any(|(_, node)| matches!(node.value, Value::List(_) | Value::Table(_)))
                || table.contains_key("shape")
        }
        _ => false,
    }
}

fn inline(value: &Value) -> String {
    match value {
        Value::Text(text) => quoted(text),
        Value::Number(text) | Value::Date(text) => text.clone(),
        Value::Flag(flag) => flag.to_string(),
        Value::List(nodes) => {
            let parts: Vec<String> = nodes.iter().map(|node| inline(&node.value)).collect();
            format!("[{}]", parts.join(", "))
        }
        Value::Table(table) => {
            let parts: Vec<String> = table
                .iter()
                .map(|(key, (_, node))| format!("{} = {}", key_text(key), inline(&node.value)))
                .collect();
            format!("{{ {} }}", parts.join(", "))
        }
    }
}

fn key_text(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !key.is_empty() && key.chars().all(bare) {
        key.to_owned()
    } else {
        quoted(key)
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
