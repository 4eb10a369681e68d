//! A file of master entities, names or labels as `match` takes it: a first row of column names,
//! then one row each. CSV in any encoding `read` knows, packed with gzip, or a workbook.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use anyhow::Context as _;
use channelflow_model::raw::RawTable;
use channelflow_model::{Lang, Sentence};
use channelflow_read::{Limits, ReadError, read_in_child};

use crate::exit::{cannot, usage};

/// A field and the column names it may stand under, the preferred one first.
pub type Field = (&'static str, &'static [&'static str]);

/// The rows of one file, cells by field.
pub struct Sheet {
    /// The file, for messages.
    pub path: String,
    table: RawTable,
    columns: HashMap<&'static str, usize>,
    /// Columns that are no known field, by their lower-case name.
    others: Vec<(String, usize)>,
}

impl Sheet {
    /// Reads a file that must have rows.
    pub fn open(path: &Path, fields: &[Field], lang: Lang) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("the program's own path is not known")?;
        let shown = path.display().to_string();
        let outcome =
            read_in_child(&program, path, &Limits::default()).map_err(|error| match error {
                ReadError::Open { source, .. } => usage(cannot("file_not_readable", path)(source)),
                ReadError::Child { .. } => anyhow::Error::new(error),
            })?;
        if let Some(finding) = outcome.findings.first().filter(|_| outcome.refused) {
            return Err(refused(&shown, finding.text(lang)));
        }
        let table = outcome.tables.into_iter().next().unwrap_or_default();
        let mut sheet = Sheet {
            path: shown,
            table,
            columns: HashMap::new(),
            others: Vec::new(),
        };
        sheet.find_columns(fields)?;
        if sheet.rows().is_empty() {
            let found = Sentence::new("match_rows_none")
                .fact("path", &sheet.path)
                .fact("rows", sheet.table.row_count());
            return Err(usage(found));
        }
        Ok(sheet)
    }

    /// One name without anything else, as if it stood in a file.
    pub fn of_name(name: &str) -> Self {
        Sheet {
            path: String::new(),
            table: RawTable::from_texts("-", &[&["name"], &[name]]),
            columns: HashMap::from([("name", 0)]),
            others: Vec::new(),
        }
    }

    fn find_columns(&mut self, fields: &[Field]) -> anyhow::Result<()> {
        let mut titles: HashMap<String, usize> = HashMap::new();
        for column in 0..self.table.columns.len() {
            let title = self.table.cell(0, column).1.trim().to_lowercase();
            if !title.is_empty() && titles.insert(title.clone(), column).is_some() {
                let found = Sentence::new("match_column_twice")
                    .fact("path", &self.path)
                    .fact("column", title);
                return Err(usage(found));
            }
        }
        for (field, accepted) in fields {
            // A column stands for one field: `alias` is the name where there is no `name`.
            if let Some(title) = accepted.iter().find(|title| titles.contains_key(**title))
                && let Some(column) = titles.remove(*title)
            {
                self.columns.insert(field, column);
            }
        }
        self.others = titles.into_iter().collect();
        self.others.sort_by_key(|(_, column)| *column);
        Ok(())
    }

    /// Refuses a file that lacks one of these fields.
    pub fn require(&self, needed: &[&str], fields: &[Field]) -> anyhow::Result<()> {
        for field in needed {
            if self.has(field) {
                continue;
            }
            let accepted = fields.iter().find(|(name, _)| name == field);
            let accepted =
                accepted.map_or(*field, |(_, accepted)| accepted.first().unwrap_or(field));
            let all = fields.iter().find(|(name, _)| name == field);
            let missing = Sentence::new("match_column_missing")
                .fact("path", &self.path)
                .fact("column", accepted)
                .fact(
                    "found",
                    list((0..self.table.columns.len()).map(|column| self.table.cell(0, column).1)),
                )
                .fact(
                    "accepted",
                    list(
                        all.iter()
                            .flat_map(|(_, accepted)| accepted.iter().copied()),
                    ),
                );
            return Err(usage(missing));
        }
        Ok(())
    }

    /// Refuses rows whose id is empty or stood in an earlier row; returns the rows by their id.
    pub fn by_id(&self, field: &'static str) -> anyhow::Result<HashMap<&str, usize>> {
        let mut rows = HashMap::with_capacity(self.rows().len());
        for row in self.rows() {
            let id = self.text(row, field);
            let problem = if id.is_empty() {
                Sentence::new("match_empty_id")
            } else if let Some(first) = rows.insert(id, row) {
                Sentence::new("match_id_twice")
                    .fact("id", id)
                    .fact("first", self.row_number(first))
            } else {
                continue;
            };
            let problem = problem
                .fact("path", &self.path)
                .fact("row", self.row_number(row))
                .fact("column", field);
            return Err(usage(problem));
        }
        Ok(rows)
    }

    /// Rows that hold data.
    pub fn rows(&self) -> Range<usize> {
        1..self.table.row_count().max(1)
    }

    /// A cell without the spaces around it; empty when there is no such column.
    pub fn text(&self, row: usize, field: &str) -> &str {
        self.columns
            .get(field)
            .map_or("", |column| self.table.cell(row, *column).1.trim())
    }

    /// The same, by a column that is no known field.
    pub fn other(&self, row: usize, title: &str) -> &str {
        let column = self.others.iter().find(|(known, _)| known == title);
        column.map_or("", |(_, column)| self.table.cell(row, *column).1.trim())
    }

    /// Columns that are no known field.
    pub fn others(&self) -> impl Iterator<Item = &str> {
        self.others.iter().map(|(title, _)| title.as_str())
    }

    /// Whether there is a column for a field.
    pub fn has(&self, field: &str) -> bool {
        self.columns.contains_key(field)
    }

    /// The row as a person counts it in the file.
    pub fn row_number(&self, row: usize) -> u32 {
        self.table.row_numbers.get(row).copied().unwrap_or(0)
    }
}

/// Names in backticks, separated by commas.
pub fn list<'t>(names: impl Iterator<Item = &'t str>) -> String {
    let quoted: Vec<String> = names.map(|name| format!("`{}`", name.trim())).collect();
    quoted.join(", ")
}

fn refused(path: &str, cause: impl ToString) -> anyhow::Error {
    let said = Sentence::new("match_file_refused").fact("path", path);
    usage(said.fact("cause", cause))
}
