//! A TOML text walked section by section: every value that does not fit and every key that
//! nobody asked for becomes a problem with its line, and reading goes on with the default.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use channelflow_model::{Micros, Sentence};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::problem::{ConfigProblems, Problem};

/// Keys and values this far apart are still offered as "did you mean".
const CLOSE: f64 = 0.7;

/// A parsed settings file and what is wrong with it so far.
pub(crate) struct Document<'d> {
    notes: Notes<'d>,
    entries: BTreeMap<String, Entry<'d>>,
    known: Vec<&'static str>,
}

/// The problems, and the text that tells their lines.
struct Notes<'d> {
    file: &'static str,
    text: &'d str,
    problems: Vec<Problem>,
}

struct Entry<'d> {
    line: usize,
    value: DeValue<'d>,
    value_line: usize,
}

/// One table of the file; a getter both reads a key and makes it known.
pub(crate) struct Section<'s> {
    name: String,
    text: &'s str,
    entries: BTreeMap<String, Entry<'s>>,
    line: usize,
    known: Vec<&'static str>,
    problems: Vec<(usize, Sentence, Option<Sentence>)>,
}

impl<'d> Document<'d> {
    /// Parses the text; when it is no TOML only that is reported.
    pub(crate) fn parse(file: &'static str, text: &'d str) -> Self {
        let mut notes = Notes {
            file,
            text,
            problems: Vec::new(),
        };
        let (table, errors) = DeTable::parse_recoverable(text);
        let entries = if errors.is_empty() {
            notes.entries(table.into_inner())
        } else {
            for error in errors {
                let line = notes.line(error.span().map_or(0, |span| span.start));
                let found = Sentence::new("settings_not_toml").fact("cause", error.message());
                notes.add(line, found, None);
            }
            BTreeMap::new()
        };
        Document {
            notes,
            entries,
            known: Vec::new(),
        }
    }

    /// Reads a table; a missing one is read as an empty one.
    pub(crate) fn section<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Section<'d>) -> T,
    ) -> T {
        self.known.push(name);
        let mut section = Section::new(name.to_owned(), 0, self.notes.text);
        if let Some(entry) = self.entries.remove(name) {
            section.line = entry.line;
            match entry.value {
                DeValue::Table(table) => section.entries = self.notes.entries(table),
                other => {
                    let found =
                        not_tables("settings_must_be_table", name, &format!("[{name}]"), &other);
                    self.notes.add(entry.line, found, None);
                }
            }
        }
        let made = read(&mut section);
        self.notes.close(section);
        made
    }

    /// Reads an array of tables with the line each begins at; `None` when there is none.
    pub(crate) fn sections<T>(
        &mut self,
        name: &'static str,
        mut read: impl FnMut(&mut Section<'d>) -> T,
    ) -> Option<Vec<(usize, T)>> {
        self.known.push(name);
        let entry = self.entries.remove(name)?;
        let tables = match entry.value {
            DeValue::Array(values) => values,
            other => {
                let found = not_tables(
                    "settings_must_be_list",
                    name,
                    &format!("[[{name}]]"),
                    &other,
                );
                self.notes.add(entry.line, found, None);
                return None;
            }
        };
        let mut made = Vec::new();
        for value in tables {
            let line = self.notes.line(value.span().start);
            let mut section = Section::new(name.to_owned(), line, self.notes.text);
            match value.into_inner() {
                DeValue::Table(table) => section.entries = self.notes.entries(table),
                other => {
                    let found = not_tables(
                        "settings_must_be_table",
                        name,
                        &format!("[[{name}]]"),
                        &other,
                    );
                    self.notes.add(line, found, None);
                    continue;
                }
            }
            made.push((line, read(&mut section)));
            self.notes.close(section);
        }
        Some(made)
    }

    /// Reports a problem found by the caller.
    pub(crate) fn problem(&mut self, line: usize, found: Sentence) {
        self.notes.add(line, found, None);
    }

    /// Reports the tables nobody asked for; all problems in the order of the file.
    pub(crate) fn finish(mut self) -> Result<(), ConfigProblems> {
        for (key, entry) in &self.entries {
            let found = Sentence::new("settings_unknown_section").fact("name", key);
            self.notes
                .add(entry.line, found, suggestion(key, &self.known));
        }
        let mut problems = self.notes.problems;
        problems.sort_by_key(|problem| problem.line);
        if problems.is_empty() {
            Ok(())
        } else {
            Err(ConfigProblems(problems))
        }
    }
}

impl<'d> Notes<'d> {
    fn line(&self, offset: usize) -> usize {
        line_of(self.text, offset)
    }

    fn entries(&self, table: DeTable<'d>) -> BTreeMap<String, Entry<'d>> {
        entries_of(self.text, table)
    }

    fn add(&mut self, line: usize, found: Sentence, suggestion: Option<Sentence>) {
        self.problems.push(Problem {
            file: self.file.to_owned(),
            line: Some(line),
            found,
            suggestion,
        });
    }

    /// Takes over what a section found wrong.
    fn close(&mut self, section: Section<'d>) {
        for (line, found, suggestion) in section.finish() {
            self.add(line, found, suggestion);
        }
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or(text);
    before.matches('\n').count() + 1
}

fn entries_of<'d>(text: &str, table: DeTable<'d>) -> BTreeMap<String, Entry<'d>> {
    let entry = |(key, value): (Spanned<_>, Spanned<DeValue<'d>>)| {
        let entry = Entry {
            line: line_of(text, key.span().start),
            value_line: line_of(text, value.span().start),
            value: value.into_inner(),
        };
        let key: std::borrow::Cow<'_, str> = key.into_inner();
        (key.into_owned(), entry)
    };
    table.into_iter().map(entry).collect()
}

impl<'s> Section<'s> {
    fn new(name: String, line: usize, text: &'s str) -> Self {
        Section {
            name,
            text,
            entries: BTreeMap::new(),
            line,
            known: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// A text, or the default.
    pub(crate) fn text(&mut self, key: &'static str, default: &str) -> String {
        self.optional_text(key)
            .map_or_else(|| default.to_owned(), |(_, text)| text)
    }

    /// A text that must be given and not be empty.
    pub(crate) fn required_text(&mut self, key: &'static str) -> String {
        let given = self.entries.contains_key(key);
        match self.optional_text(key) {
            Some((line, text)) if text.trim().is_empty() => {
                let found = self.about("settings_empty", key);
                self.problem(line, found);
                String::new()
            }
            Some((_, text)) => text,
            None => {
                if !given {
                    let found = Sentence::new("settings_key_missing")
                        .fact("section", &self.name)
                        .fact("name", key);
                    self.problem(self.line, found);
                }
                String::new()
            }
        }
    }

    /// A text and its line, if it is given.
    pub(crate) fn optional_text(&mut self, key: &'static str) -> Option<(usize, String)> {
        let entry = self.take(key)?;
        match entry.value {
            DeValue::String(text) => Some((entry.value_line, text.into_owned())),
            other => {
                self.wrong_type("settings_must_be_text", key, entry.value_line, &other);
                None
            }
        }
    }

    /// A list of texts, each with the line the list begins on; empty when it is not given.
    pub(crate) fn texts(&mut self, key: &'static str) -> Vec<(usize, String)> {
        let Some(entry) = self.take(key) else {
            return Vec::new();
        };
        let line = entry.value_line;
        let DeValue::Array(values) = entry.value else {
            self.wrong_type("settings_must_be_texts", key, line, &entry.value);
            return Vec::new();
        };
        let mut texts = Vec::new();
        for value in values {
            match value.into_inner() {
                DeValue::String(text) => texts.push((line, text.into_owned())),
                other => self.wrong_type("settings_must_be_texts", key, line, &other),
            }
        }
        texts
    }

    /// Every text that is left, whatever its key, with its line.
    pub(crate) fn all_texts(&mut self) -> Vec<(usize, String, String)> {
        let mut texts = Vec::new();
        for (key, entry) in std::mem::take(&mut self.entries) {
            match entry.value {
                DeValue::String(text) => texts.push((entry.value_line, key, text.into_owned())),
                other => {
                    self.wrong_type("settings_must_be_text", &key, entry.value_line, &other);
                }
            }
        }
        texts
    }

    /// A path, or the default.
    pub(crate) fn path(&mut self, key: &'static str, default: &Path) -> PathBuf {
        self.optional_path(key)
            .unwrap_or_else(|| default.to_owned())
    }

    /// A path, if it is given.
    pub(crate) fn optional_path(&mut self, key: &'static str) -> Option<PathBuf> {
        self.known_key(key);
        self.entries
            .contains_key(key)
            .then(|| self.required_text(key).into())
    }

    /// A whole number within bounds, or the default.
    pub(crate) fn number<N>(&mut self, key: &'static str, default: N, least: N, most: N) -> N
    where
        N: Copy + PartialOrd + std::fmt::Display + TryFrom<i64>,
    {
        let Some(entry) = self.take(key) else {
            return default;
        };
        let DeValue::Integer(number) = &entry.value else {
            self.wrong_type(
                "settings_must_be_whole",
                key,
                entry.value_line,
                &entry.value,
            );
            return default;
        };
        let value = i64::from_str_radix(number.as_str(), number.radix())
            .ok()
            .and_then(|value| N::try_from(value).ok())
            .filter(|value| least <= *value && *value <= most);
        value.unwrap_or_else(|| {
            let found = self
                .about("settings_out_of_bounds", key)
                .fact("least", least)
                .fact("most", most)
                .fact("found", number.as_str());
            self.problem(entry.value_line, found);
            default
        })
    }

    /// `true` or `false` and its line, if it is given.
    pub(crate) fn flag(&mut self, key: &'static str) -> Option<(usize, bool)> {
        let entry = self.take(key)?;
        if let DeValue::Boolean(flag) = entry.value {
            return Some((entry.value_line, flag));
        }
        self.wrong_type("settings_must_be_flag", key, entry.value_line, &entry.value);
        None
    }

    /// A share from 0 to 1, if it is given: `0.95`.
    pub(crate) fn share(&mut self, key: &'static str) -> Option<Micros> {
        let entry = self.take(key)?;
        let written = match &entry.value {
            DeValue::Float(number) => number.as_str().to_owned(),
            DeValue::Integer(number) => number.as_str().to_owned(),
            other => {
                self.wrong_type("settings_must_be_share", key, entry.value_line, other);
                return None;
            }
        };
        let value = written.parse::<Micros>().ok();
        let within = value.filter(|value| Micros::ZERO <= *value && *value <= Micros::ONE);
        if within.is_none() {
            let found = self
                .about("settings_out_of_bounds", key)
                .fact("least", 0)
                .fact("most", 1)
                .fact("found", written);
            self.problem(entry.value_line, found);
        }
        within
    }

    /// One of some words, or the default.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        default: T,
        words: &[(&'static str, T)],
    ) -> T {
        let Some((line, word)) = self.optional_text(key) else {
            return default;
        };
        if let Some((_, value)) = words.iter().find(|(known, _)| *known == word) {
            return *value;
        }
        let known: Vec<&'static str> = words.iter().map(|(known, _)| *known).collect();
        let listed: Vec<String> = known.iter().map(|known| format!("`{known}`")).collect();
        let found = self
            .about("settings_choice", key)
            .fact("known", listed.join(", "))
            .fact("found", &word);
        // The list stands in the sentence; only a near miss is worth a hint.
        self.problems.push((line, found, near(&word, &known)));
        default
    }

    /// Reads a table inside this one; a missing one is read as an empty one.
    pub(crate) fn table<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&mut Section<'s>) -> T,
    ) -> T {
        let name = format!("{}.{key}", self.name);
        let mut inner = Section::new(name, self.line, self.text);
        if let Some(entry) = self.take(key) {
            inner.line = entry.line;
            match entry.value {
                DeValue::Table(table) => inner.entries = entries_of(self.text, table),
                other => {
                    let written = format!("[{}]", inner.name);
                    let found = not_tables("settings_must_be_table", &inner.name, &written, &other);
                    self.problem(entry.line, found);
                }
            }
        }
        let made = read(&mut inner);
        self.problems.extend(inner.finish());
        made
    }

    /// Whether a key is given.
    pub(crate) fn has(&mut self, key: &'static str) -> bool {
        self.known_key(key);
        self.entries.contains_key(key)
    }

    /// Line the table begins at.
    pub(crate) fn line(&self) -> usize {
        self.line
    }

    /// What is wrong with it, the keys nobody asked for included.
    fn finish(self) -> Vec<(usize, Sentence, Option<Sentence>)> {
        let mut problems = self.problems;
        for (key, entry) in self.entries {
            let found =
                Sentence::new("settings_unknown_key").fact("name", format!("{}.{key}", self.name));
            problems.push((entry.line, found, suggestion(&key, &self.known)));
        }
        problems
    }

    /// Reports a problem found by the caller.
    pub(crate) fn problem(&mut self, line: usize, found: Sentence) {
        self.problems.push((line, found, None));
    }

    /// A sentence about one of this table's keys.
    fn about(&self, code: &'static str, key: &str) -> Sentence {
        Sentence::new(code).fact("name", format!("{}.{key}", self.name))
    }

    fn take(&mut self, key: &'static str) -> Option<Entry<'s>> {
        self.known_key(key);
        self.entries.remove(key)
    }

    fn known_key(&mut self, key: &'static str) {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
    }

    fn wrong_type(&mut self, code: &'static str, key: &str, line: usize, value: &DeValue<'_>) {
        let found = self.about(code, key).fact("type_found", value.type_str());
        self.problem(line, found);
    }
}

fn not_tables(code: &'static str, name: &str, written: &str, found: &DeValue<'_>) -> Sentence {
    Sentence::new(code)
        .fact("name", name)
        .fact("written", written)
        .fact("type_found", found.type_str())
}

/// "did you mean" for a key that is nearly a known one, else the known ones.
fn suggestion(key: &str, known: &[&str]) -> Option<Sentence> {
    near(key, known).or_else(|| {
        (!known.is_empty()).then(|| Sentence::new("settings_known").fact("known", known.join(", ")))
    })
}

fn near(key: &str, known: &[&str]) -> Option<Sentence> {
    known
        .iter()
        .map(|known| (strsim::jaro_winkler(key, known), known))
        .filter(|(score, _)| *score >= CLOSE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, near)| Sentence::new("settings_did_you_mean").fact("near", near))
}
