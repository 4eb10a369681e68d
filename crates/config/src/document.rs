//! A TOML text walked section by section: every value that does not fit and every key that
//! nobody asked for becomes a problem with its line, and reading goes on with the default.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

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
    entries: BTreeMap<String, Entry<'s>>,
    line: usize,
    known: Vec<&'static str>,
    problems: Vec<(usize, String, Option<String>)>,
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
                notes.add(line, format!("not valid TOML: {}", error.message()), None);
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
        let mut section = Section::new(name.to_owned(), 0);
        if let Some(entry) = self.entries.remove(name) {
            section.line = entry.line;
            match entry.value {
                DeValue::Table(table) => section.entries = self.notes.entries(table),
                other => {
                    let found = other.type_str();
                    let text = format!("`{name}` must be a table, found {found}");
                    self.notes
                        .add(entry.line, text, Some(format!("write `[{name}]`")));
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
                let text = format!(
                    "`{name}` must be a list of tables, found {}",
                    other.type_str()
                );
                self.notes
                    .add(entry.line, text, Some(format!("write `[[{name}]]`")));
                return None;
            }
        };
        let mut made = Vec::new();
        for value in tables {
            let line = self.notes.line(value.span().start);
            let mut section = Section::new(name.to_owned(), line);
            match value.into_inner() {
                DeValue::Table(table) => section.entries = self.notes.entries(table),
                other => {
                    let text = format!("`{name}` must be a table, found {}", other.type_str());
                    self.notes
                        .add(line, text, Some(format!("write `[[{name}]]`")));
                    continue;
                }
            }
            made.push((line, read(&mut section)));
            self.notes.close(section);
        }
        Some(made)
    }

    /// Reports a problem found by the caller.
    pub(crate) fn problem(&mut self, line: usize, text: String, hint: Option<String>) {
        self.notes.add(line, text, hint);
    }

    /// Reports the tables nobody asked for; all problems in the order of the file.
    pub(crate) fn finish(mut self) -> Result<(), ConfigProblems> {
        for (key, entry) in &self.entries {
            let hint = suggestion(key, &self.known);
            self.notes
                .add(entry.line, format!("unknown section `{key}`"), hint);
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
        let before = self.text.get(..offset).unwrap_or(self.text);
        before.matches('\n').count() + 1
    }

    fn entries(&self, table: DeTable<'d>) -> BTreeMap<String, Entry<'d>> {
        let entry = |(key, value): (Spanned<_>, Spanned<DeValue<'d>>)| {
            let entry = Entry {
                line: self.line(key.span().start),
                value_line: self.line(value.span().start),
                value: value.into_inner(),
            };
            let key: std::borrow::Cow<'_, str> = key.into_inner();
            (key.into_owned(), entry)
        };
        table.into_iter().map(entry).collect()
    }

    fn add(&mut self, line: usize, text: String, hint: Option<String>) {
        self.problems.push(Problem {
            file: self.file.to_owned(),
            line: Some(line),
            text,
            hint,
        });
    }

    /// Takes over what a section found wrong, and the keys nobody asked it for.
    fn close(&mut self, section: Section<'d>) {
        for (line, text, hint) in section.problems {
            self.add(line, text, hint);
        }
        for (key, entry) in section.entries {
            let hint = suggestion(&key, &section.known);
            let text = format!("unknown key `{}.{key}`", section.name);
            self.add(entry.line, text, hint);
        }
    }
}

impl<'s> Section<'s> {
    fn new(name: String, line: usize) -> Self {
        Section {
            name,
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
                let text = format!("`{}.{key}` must not be empty", self.name);
                self.problem(line, text, None);
                String::new()
            }
            Some((_, text)) => text,
            None => {
                if !given {
                    let text = format!("`{}` needs the key `{key}`", self.name);
                    self.problem(self.line, text, None);
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
                self.wrong_type(key, entry.value_line, "a text in quotes", &other);
                None
            }
        }
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
            self.wrong_type(key, entry.value_line, "a whole number", &entry.value);
            return default;
        };
        let value = i64::from_str_radix(number.as_str(), number.radix())
            .ok()
            .and_then(|value| N::try_from(value).ok())
            .filter(|value| least <= *value && *value <= most);
        value.unwrap_or_else(|| {
            let text = format!(
                "`{}.{key}` must be between {least} and {most}, found {}",
                self.name,
                number.as_str()
            );
            self.problem(entry.value_line, text, None);
            default
        })
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
        let text = format!(
            "`{}.{key}` must be {}, found `{word}`",
            self.name,
            listed.join(" or ")
        );
        self.problem(line, text, suggestion(&word, &known));
        default
    }

    /// Reports a problem found by the caller.
    pub(crate) fn problem(&mut self, line: usize, text: String, hint: Option<String>) {
        self.problems.push((line, text, hint));
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

    fn wrong_type(&mut self, key: &str, line: usize, wanted: &str, found: &DeValue<'_>) {
        let found = found.type_str();
        let text = format!("`{}.{key}` must be {wanted}, found {found}", self.name);
        self.problem(line, text, None);
    }
}

/// "did you mean" for a key that is nearly a known one, else the known ones.
fn suggestion(key: &str, known: &[&str]) -> Option<String> {
    let near = known
        .iter()
        .map(|known| (strsim::jaro_winkler(key, known), known))
        .filter(|(score, _)| *score >= CLOSE)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match near {
        Some((_, near)) => Some(format!("did you mean `{near}`?")),
        None if known.is_empty() => None,
        None => Some(format!("known here: {}", known.join(", "))),
    }
}
