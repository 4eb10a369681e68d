//! A tree walked section by section: every value that does not fit and every key nobody asked
//! for becomes a problem with its line, and reading goes on with nothing in its place.

use std::cell::RefCell;

use channelflow_model::{Day, Sentence};
use rust_decimal::Decimal;

use super::problem::Problem;
use super::tree::{Node, Table, Value};

/// Keys and values this far apart are still offered as "did you mean".
const CLOSE: f64 = 0.7;

/// Numbers beyond this are no quantity, price or amount (the range of an exact number).
const LARGEST: i64 = 9_000_000_000_000;

/// The problems of one text.
pub(crate) struct Notes {
    file: String,
    problems: RefCell<Vec<Problem>>,
}

impl Notes {
    pub(crate) fn new(file: &str) -> Self {
        Notes {
            file: file.to_owned(),
            problems: RefCell::new(Vec::new()),
        }
    }

    pub(crate) fn add(&self, line: usize, found: Sentence, suggestion: Option<Sentence>) {
        self.problems.borrow_mut().push(Problem {
            file: self.file.clone(),
            line: (line > 0).then_some(line),
            found,
            suggestion,
        });
    }

    /// All problems in the order of the text.
    pub(crate) fn finish(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|problem| problem.line);
        problems
    }
}

/// One table of the text; a getter both reads a key and makes it known.
pub(crate) struct Section<'n> {
    notes: &'n Notes,
    name: String,
    /// Where it begins.
    pub(crate) line: usize,
    entries: Table,
    known: Vec<&'static str>,
}

/// Reads a table; keys nobody asks for are problems.
pub(crate) fn read_table<T>(
    notes: &Notes,
    name: &str,
    line: usize,
    table: Table,
    read: impl FnOnce(&mut Section<'_>) -> T,
) -> T {
    let mut section = Section {
        notes,
        name: name.to_owned(),
        line,
        entries: table,
        known: Vec::new(),
    };
    let made = read(&mut section);
    for (key, (line, _)) in &section.entries {
        let found = Sentence::new("policy_unknown_key").fact("name", section.path(key));
        notes.add(*line, found, suggestion(key, &section.known));
    }
    made
}

impl Section<'_> {
    /// A text that is given and not empty.
    pub(crate) fn text(&mut self, key: &'static str) -> Option<String> {
        let node = self.take(key)?;
        match node.value {
            Value::Text(text) if text.trim().is_empty() => {
                self.problem(node.line, self.about("policy_empty", key));
                None
            }
            Value::Text(text) => Some(text.trim().to_owned()),
            // An id that looks like a number in a sheet.
            Value::Number(text) => Some(text),
            other => self.wrong_type("policy_must_be_text", key, node.line, &other),
        }
    }

    /// A list of texts, sorted and without doubles.
    pub(crate) fn texts(&mut self, key: &'static str) -> Vec<String> {
        let mut texts = Vec::new();
        for (line, text) in self.placed_texts(key) {
            if texts.contains(&text) {
                let found = self.about("policy_twice", key).fact("found", &text);
                self.problem(line, found);
            } else {
                texts.push(text);
            }
        }
        texts.sort();
        texts
    }

    /// A list of words, each one of those known.
    pub(crate) fn choices<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&'static str, T)],
    ) -> Vec<T> {
        let texts = self.placed_texts(key);
        texts
            .iter()
            .filter_map(|(line, text)| self.one_of(key, *line, text, words))
            .collect()
    }

    /// One of some words.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        let line = self.line_of(key);
        let text = self.text(key)?;
        self.one_of(key, line, &text, words)
    }

    /// A plain number.
    pub(crate) fn number(&mut self, key: &'static str) -> Option<Decimal> {
        let node = self.take(key)?;
        let number = match &node.value {
            Value::Number(text) | Value::Text(text) => plain(text),
            other => return self.wrong_type("policy_must_be_number", key, node.line, other),
        };
        if number.is_none() {
            let written = written(&node.value);
            let found = self
                .about("policy_not_a_number", key)
                .fact("found", written);
            self.problem(node.line, found);
        }
        number
    }

    /// A number that is not below 0.
    pub(crate) fn amount(&mut self, key: &'static str) -> Option<Decimal> {
        let line = self.line_of(key);
        let number = self.number(key)?;
        if number < Decimal::ZERO {
            let found = self.about("policy_negative", key).fact("found", number);
            self.problem(line, found);
            return None;
        }
        Some(number)
    }

    /// A share: `0.03` or `"3%"`, at least 0 and at most `most`.
    pub(crate) fn share(&mut self, key: &'static str, most: u32) -> Option<Decimal> {
        let node = self.take(key)?;
        let (text, percent) = match &node.value {
            Value::Number(text) => (text.trim(), false),
            Value::Text(text) => match text.trim().strip_suffix(['%', '％']) {
                Some(number) => (number.trim(), true),
                None => (text.trim(), false),
            },
            other => return self.wrong_type("policy_must_be_share", key, node.line, other),
        };
        let share = plain(text).and_then(|number| {
            if percent {
                number.checked_div(Decimal::ONE_HUNDRED)
            } else {
                Some(number)
            }
        });
        match share {
            Some(share) if share >= Decimal::ZERO && share <= Decimal::from(most) => {
                Some(share.normalize())
            }
            _ => {
                let found = self
                    .about("policy_not_a_share", key)
                    .fact("most", most * 100)
                    .fact("found", written(&node.value));
                self.problem(node.line, found);
                None
            }
        }
    }

    /// A whole number within bounds.
    pub(crate) fn whole(&mut self, key: &'static str, least: u32, most: u32) -> Option<u32> {
        let line = self.line_of(key);
        let number = self.number(key)?;
        let whole = u32::try_from(number)
            .ok()
            .filter(|whole| number.fract().is_zero() && (least..=most).contains(whole));
        if whole.is_none() {
            let found = self
                .about("policy_out_of_bounds", key)
                .fact("least", least)
                .fact("most", most)
                .fact("found", number);
            self.problem(line, found);
        }
        whole
    }

    /// Yes or no.
    pub(crate) fn flag(&mut self, key: &'static str) -> Option<bool> {
        let node = self.take(key)?;
        match node.value {
            Value::Flag(flag) => Some(flag),
            other => self.wrong_type("policy_must_be_flag", key, node.line, &other),
        }
    }

    /// A day: a TOML date or an ISO text.
    pub(crate) fn day(&mut self, key: &'static str) -> Option<Day> {
        let node = self.take(key)?;
        let day = match &node.value {
            Value::Date(text) | Value::Text(text) => Day::from_iso(text.trim()),
            Value::Number(text) => text.parse().ok().and_then(Day::from_number),
            _ => None,
        };
        if day.is_none() {
            let found = self
                .about("policy_not_a_day", key)
                .fact("found", written(&node.value));
            self.problem(node.line, found);
        }
        day
    }

    /// A table.
    pub(crate) fn table<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&mut Section<'_>) -> T,
    ) -> Option<T> {
        let node = self.take(key)?;
        match node.value {
            Value::Table(table) => Some(read_table(
                self.notes,
                &self.path(key),
                node.line,
                table,
                read,
            )),
            other => self.wrong_type("policy_must_be_table", key, node.line, &other),
        }
    }

    /// A list of tables; `None` when it is not given.
    pub(crate) fn tables<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&mut Section<'_>) -> T,
    ) -> Option<Vec<T>> {
        let node = self.take(key)?;
        let Value::List(nodes) = node.value else {
            return self.wrong_type("policy_must_be_tables", key, node.line, &node.value);
        };
        let mut made = Vec::new();
        for node in nodes {
            match node.value {
                Value::Table(table) => made.push(read_table(
                    self.notes,
                    &self.path(key),
                    node.line,
                    table,
                    &mut read,
                )),
                other => {
                    let _: Option<T> =
                        self.wrong_type("policy_must_be_tables", key, node.line, &other);
                }
            }
        }
        Some(made)
    }

    /// Whether a key is given; makes it known.
    pub(crate) fn has(&mut self, key: &'static str) -> bool {
        self.know(key);
        self.entries.contains_key(key)
    }

    /// Reports a key that must be given.
    pub(crate) fn missing(&self, key: &str) {
        self.problem(self.line, self.about("policy_key_missing", key));
    }

    /// Its name as a problem calls it.
    pub(crate) fn called(&self) -> &str {
        &self.name
    }

    /// Leaves the rest unread, without reporting it: what it belongs to is not known.
    pub(crate) fn forget(&mut self) {
        self.entries.clear();
    }

    /// Line of a key, of the section when it is not given.
    pub(crate) fn line_of(&self, key: &str) -> usize {
        self.entries
            .get(key)
            .map_or(self.line, |(_, node)| node.line)
    }

    /// Reports a problem found by the caller.
    pub(crate) fn problem(&self, line: usize, found: Sentence) {
        self.notes.add(line, found, None);
    }

    /// A sentence about one of this table's keys.
    pub(crate) fn about(&self, code: &'static str, key: &str) -> Sentence {
        Sentence::new(code).fact("name", self.path(key))
    }

    fn placed_texts(&mut self, key: &'static str) -> Vec<(usize, String)> {
        let Some(node) = self.take(key) else {
            return Vec::new();
        };
        let Value::List(nodes) = node.value else {
            let _: Option<()> =
                self.wrong_type("policy_must_be_texts", key, node.line, &node.value);
            return Vec::new();
        };
        let mut texts = Vec::new();
        for node in nodes {
            match node.value {
                Value::Text(text) if !text.trim().is_empty() => {
                    texts.push((node.line, text.trim().to_owned()));
                }
                other => {
                    let _: Option<()> =
                        self.wrong_type("policy_must_be_texts", key, node.line, &other);
                }
            }
        }
        texts
    }

    fn one_of<T: Copy>(
        &self,
        key: &str,
        line: usize,
        text: &str,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        if let Some((_, value)) = words.iter().find(|(known, _)| *known == text) {
            return Some(*value);
        }
        let known: Vec<&'static str> = words.iter().map(|(known, _)| *known).collect();
        let listed: Vec<String> = known.iter().map(|known| format!("`{known}`")).collect();
        let found = self
            .about("policy_choice", key)
            .fact("known", listed.join(", "))
            .fact("found", text);
        // The list stands in the sentence; only a near miss is worth a hint.
        self.notes.add(line, found, near(text, &known));
        None
    }

    fn path(&self, key: &str) -> String {
        if self.name.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.name)
        }
    }

    fn take(&mut self, key: &'static str) -> Option<Node> {
        self.know(key);
        self.entries.remove(key).map(|(_, node)| node)
    }

    fn know(&mut self, key: &'static str) {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
    }

    fn wrong_type<T>(
        &self,
        code: &'static str,
        key: &str,
        line: usize,
        value: &Value,
    ) -> Option<T> {
        let found = self.about(code, key).fact("type_found", value.type_str());
        self.problem(line, found);
        None
    }
}

/// A plain decimal number within the range of exact numbers.
pub(super) fn plain(text: &str) -> Option<Decimal> {
    let number = Decimal::from_str_exact(text.trim()).ok()?.normalize();
    (number.abs() <= Decimal::from(LARGEST) && number.scale() <= 12).then_some(number)
}

fn written(value: &Value) -> String {
    match value {
        Value::Text(text) | Value::Number(text) | Value::Date(text) => text.clone(),
        other => other.type_str().to_owned(),
    }
}

fn suggestion(key: &str, known: &[&str]) -> Option<Sentence> {
    near(key, known).or_else(|| {
        (!known.is_empty()).then(|| Sentence::new("policy_known").fact("known", known.join(", ")))
    })
}

pub(super) fn near(key: &str, known: &[&str]) -> Option<Sentence> {
    known
        .iter()
        .map(|known| (strsim::jaro_winkler(key, known), known))
        .filter(|(score, _)| *score >= CLOSE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, near)| Sentence::new("policy_did_you_mean").fact("near", near))
}
