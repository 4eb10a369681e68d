//! A policy from a sheet: rows of field and value, tiers and groups as rows of their own. The
//! same tree is made of it as of TOML and read by the same code, so a sheet can say nothing a
//! file cannot; problems name the row.
//!
//! `奖励 | id | shape` (`reward`) begins a reward; the fields, tiers (`档位`), gates (`关口 | on |
//! at least | share`), multipliers (`系数`), groups (`分组`) and tenors (`票期`) after it belong to
//! it. `示例 | figure | value` (`example`) gives the worked example. Examples with payments,
//! prices, groups or parts of the period are written in TOML.

use channelflow_model::{Day, Sentence};
use serde::{Deserialize, Serialize};

use super::Policy;
use super::document::{near, plain};
use super::parse::from_tree;
use super::problem::Problem;
use super::rows_words::{
    Cell, EXAMPLE_FIELDS, FIELDS, Field, GATES, REWARD_FIELDS, REWARD_ROWS, SHAPES, Words,
};
use super::tree::{Node, Table, Value, to_toml};

/// A policy read from a sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// The policy.
    pub policy: Policy,
    /// The same as the text of a policy file.
    pub toml: String,
}

/// Reads a policy from the rows of a sheet; everything that is wrong at once, with its row.
pub fn from_rows(file: &str, rows: &[Vec<String>]) -> Result<Imported, Vec<Problem>> {
    let mut sheet = Sheet {
        file,
        top: Table::new(),
        rewards: Vec::new(),
        problems: Vec::new(),
    };
    for (at, row) in rows.iter().enumerate() {
        let cells: Vec<&str> = row.iter().map(|cell| cell.trim()).collect();
        sheet.row(at + 1, &cells);
    }
    let Sheet {
        mut top,
        rewards,
        mut problems,
        ..
    } = sheet;
    if let Some((line, _)) = rewards.first() {
        let line = *line;
        let nodes = rewards.into_iter().map(|(line, table)| Node {
            line,
            value: Value::Table(table),
        });
        let list = Value::List(nodes.collect());
        top.insert("reward".to_owned(), (line, Node { line, value: list }));
    }
    let toml = to_toml(&top);
    match from_tree(file, top) {
        Ok(policy) if problems.is_empty() => Ok(Imported { policy, toml }),
        Ok(_) => Err(problems),
        Err(more) => {
            problems.extend(more);
            problems.sort_by_key(|problem| problem.line);
            Err(problems)
        }
    }
}

struct Sheet<'f> {
    file: &'f str,
    top: Table,
    rewards: Vec<(usize, Table)>,
    problems: Vec<Problem>,
}

impl Sheet<'_> {
    fn row(&mut self, line: usize, cells: &[&str]) {
        let (name, values) = match cells.split_first() {
            Some((name, values)) if !name.is_empty() => (named(name), values),
            _ => return,
        };
        if name.starts_with('#') || matches!(name, "字段" | "field") {
            return;
        }
        match name {
            "奖励" | "reward" => self.begin(line, values),
            "关口" | "gate" => self.steps(line, "gate", "share", values),
            "系数" | "multiplier" => self.steps(line, "multiplier", "factor", values),
            "示例" | "example" => self.example(line, values),
            _ => self.field(line, name, values),
        }
    }

    fn begin(&mut self, line: usize, values: &[&str]) {
        let mut reward = Table::new();
        put(&mut reward, "id", line, text(values, 0));
        put(&mut reward, "shape", line, word(SHAPES, text(values, 1)));
        self.rewards.push((line, reward));
    }

    fn field(&mut self, line: usize, name: &str, values: &[&str]) {
        if let Some((_, _, list, keys)) = REWARD_ROWS
            .iter()
            .find(|(zh, en, ..)| *zh == name || *en == name)
        {
            let mut table = Table::new();
            for ((key, cell), value) in keys.iter().zip(values) {
                if !value.is_empty() {
                    set(&mut table, key, line, node(*cell, line, value));
                }
            }
            self.push(line, list, table);
            return;
        }
        let value = text(values, 0);
        if let Some((_, _, path, cell)) = find(FIELDS, name) {
            if !value.is_empty() && !set(&mut self.top, path, line, node(*cell, line, value)) {
                self.twice(line, name);
            }
            return;
        }
        let Some((_, _, path, cell)) = find(REWARD_FIELDS, name) else {
            let known = FIELDS.iter().chain(REWARD_FIELDS);
            let known: Vec<&str> = known.flat_map(|(zh, en, ..)| [*zh, *en]).collect();
            let found = Sentence::new("policy_unknown_field").fact("name", name);
            self.problem(line, found, near(name, &known));
            return;
        };
        let Some((_, reward)) = self.rewards.last_mut() else {
            self.problem(
                line,
                Sentence::new("policy_before_reward").fact("name", name),
                None,
            );
            return;
        };
        if !value.is_empty() && !set(reward, path, line, node(*cell, line, value)) {
            self.twice(line, name);
        }
    }

    /// `on | at least | gives`; rows of the same `on` in a row are steps of one gate.
    fn steps(&mut self, line: usize, list: &str, gives: &str, values: &[&str]) {
        let on = word(GATES, text(values, 0)).to_owned();
        let mut step = Table::new();
        for (key, at) in [("at_least", 1), (gives, 2)] {
            let value = text(values, at);
            if !value.is_empty() {
                set(&mut step, key, line, node(Cell::Number, line, value));
            }
        }
        let step = Node {
            line,
            value: Value::Table(step),
        };
        if let Some((_, reward)) = self.rewards.last_mut()
            && let Some((
                _,
                Node {
                    value: Value::List(gates),
                    ..
                },
            )) = reward.get_mut(list)
            && let Some(Node {
                value: Value::Table(gate),
                ..
            }) = gates.last_mut()
            && gate
                .get("on")
                .is_some_and(|(_, node)| node.value == Value::Text(on.clone()))
            && let Some((
                _,
                Node {
                    value: Value::List(steps),
                    ..
                },
            )) = gate.get_mut("steps")
        {
            steps.push(step);
            return;
        }
        let mut gate = Table::new();
        put(&mut gate, "on", line, &on);
        let steps = Value::List(vec![step]);
        gate.insert("steps".to_owned(), (line, Node { line, value: steps }));
        self.push(line, list, gate);
    }

    fn example(&mut self, line: usize, values: &[&str]) {
        let name = text(values, 0);
        let value = text(values, 1);
        let Some((_, _, path, cell)) = find(EXAMPLE_FIELDS, name) else {
            let known = EXAMPLE_FIELDS.iter();
            let known: Vec<&str> = known.flat_map(|(zh, en, ..)| [*zh, *en]).collect();
            let found = Sentence::new("policy_unknown_field").fact("name", name);
            self.problem(line, found, near(name, &known));
            return;
        };
        let path = format!("example.{path}");
        if !set(&mut self.top, &path, line, node(*cell, line, value)) {
            self.twice(line, name);
        }
    }

    /// Adds a table to a list of the reward that was begun last.
    fn push(&mut self, line: usize, list: &str, table: Table) {
        let Some((_, reward)) = self.rewards.last_mut() else {
            self.problem(
                line,
                Sentence::new("policy_before_reward").fact("name", list),
                None,
            );
            return;
        };
        let empty = Node {
            line,
            value: Value::List(Vec::new()),
        };
        let (_, nodes) = reward.entry(list.to_owned()).or_insert((line, empty));
        if let Value::List(nodes) = &mut nodes.value {
            let value = Value::Table(table);
            nodes.push(Node { line, value });
        }
    }

    fn twice(&mut self, line: usize, name: &str) {
        let found = Sentence::new("policy_field_twice").fact("name", name);
        self.problem(line, found, None);
    }

    fn problem(&mut self, line: usize, found: Sentence, suggestion: Option<Sentence>) {
        self.problems.push(Problem {
            file: self.file.to_owned(),
            line: Some(line),
            found,
            suggestion,
        });
    }
}

fn find<'f>(fields: &'f [Field], name: &str) -> Option<&'f Field> {
    fields
        .iter()
        .find(|(zh, en, ..)| *zh == name || *en == name)
}

fn named(cell: &str) -> &str {
    cell.trim_end_matches([':', '：', ' '])
}

fn text<'c>(values: &[&'c str], at: usize) -> &'c str {
    values.get(at).copied().unwrap_or_default()
}

fn put(table: &mut Table, key: &str, line: usize, text: &str) {
    if !text.is_empty() {
        let value = Value::Text(text.to_owned());
        table.insert(key.to_owned(), (line, Node { line, value }));
    }
}

/// Sets a value at a dotted path; false when it is already set.
fn set(table: &mut Table, path: &str, line: usize, node: Node) -> bool {
    let Some((first, rest)) = path.split_once('.') else {
        if table.contains_key(path) {
            return false;
        }
        table.insert(path.to_owned(), (line, node));
        return true;
    };
    let empty = Node {
        line,
        value: Value::Table(Table::new()),
    };
    let (_, inner) = table.entry(first.to_owned()).or_insert((line, empty));
    match &mut inner.value {
        Value::Table(inner) => set(inner, rest, line, node),
        _ => false,
    }
}

fn node(cell: Cell, line: usize, text: &str) -> Node {
    let own = |text: &str| Value::Text(text.to_owned());
    let value = match cell {
        Cell::Text => own(text),
        Cell::Number => number(text),
        Cell::Day => day(text).map_or_else(|| own(text), |day| Value::Date(day.to_string())),
        Cell::Flag => match text {
            "是" | "yes" | "true" | "TRUE" => Value::Flag(true),
            "否" | "no" | "false" | "FALSE" => Value::Flag(false),
            _ => own(text),
        },
        Cell::Word(words) => own(word(words, text)),
        Cell::List => list(line, text, &[]),
        Cell::Words(words) => list(line, text, words),
    };
    Node { line, value }
}

fn list(line: usize, text: &str, words: Words) -> Value {
    let parts = text
        .split(['、', ',', '，', ';', '；', '\n'])
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let nodes = parts.map(|part| Node {
        line,
        value: Value::Text(word(words, part).to_owned()),
    });
    Value::List(nodes.collect())
}

/// The word of a policy for a word of a sheet; an unknown one stays, and is reported as written.
fn word(words: Words, text: &str) -> &str {
    words
        .iter()
        .find(|(zh, _)| *zh == text)
        .map_or(text, |(_, en)| en)
}

/// A number as a sheet shows it, `100,000`; anything else stays a text.
fn number(text: &str) -> Value {
    let bare: String = text.chars().filter(|c| !matches!(c, ',' | '，')).collect();
    if plain(&bare).is_some() {
        Value::Number(bare)
    } else {
        Value::Text(bare)
    }
}

/// `2026-01-31`, `2026/1/31`, `2026.1.31`, with or without a time.
fn day(text: &str) -> Option<Day> {
    let date = text.split([' ', 'T']).next()?;
    let mut parts = date.split(['-', '/', '.']);
    let year = parts.next()?.parse().ok()?;
    let month = parts.next()?.parse().ok()?;
    let day = parts.next()?.parse().ok()?;
    if parts.next().is_some() {
        return None;
    }
    Day::new(year, month, day)
}
