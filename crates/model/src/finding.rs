//! Something noticed about the data, and the place it was noticed at.
//!
//! A finding carries a code and facts; the sentence a person reads is made from
//! `config/messages` in their language. Errors of the machinery are not findings.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::messages::{self, Lang, Sentence};
use crate::raw::column_letters;

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Recorded; nobody needs to act.
    Info,
    /// Fixed or flagged; somebody should know.
    Warning,
    /// Rows are held or a file is refused; somebody must act.
    Error,
}

/// A sheet of an artifact.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SheetPlace {
    /// Path inside an archive, if the artifact is one.
    pub member: Option<String>,
    /// Sheet name.
    pub sheet: String,
    /// Position of the sheet in the artifact, from 0.
    pub sheet_index: u32,
}

/// Where something was noticed; every part may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// File name as received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Path inside an archive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// Sheet name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// Source row, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<u32>,
    /// Column, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
}

impl Place {
    /// A place in a sheet.
    pub fn sheet(sheet: &SheetPlace) -> Self {
        Place {
            member: sheet.member.clone(),
            sheet: Some(sheet.sheet.clone()),
            ..Place::default()
        }
    }

    /// The same place at a row.
    #[must_use]
    pub fn at_row(mut self, row: u32) -> Self {
        self.row = Some(row);
        self
    }

    /// The same place at a column.
    #[must_use]
    pub fn at_column(mut self, column: u32) -> Self {
        self.column = Some(column);
        self
    }
}

impl Place {
    /// `sales.zip/inner.xlsx [一月] D14`, in the reader's language.
    pub fn text(&self, lang: Lang) -> String {
        let mut parts = Vec::new();
        match (&self.file, &self.member) {
            (Some(file), Some(member)) => parts.push(format!("{file}/{member}")),
            (Some(name), None) | (None, Some(name)) => parts.push(name.clone()),
            (None, None) => {}
        }
        if let Some(sheet) = self.sheet.as_ref().filter(|sheet| *sheet != "-") {
            parts.push(format!("[{sheet}]"));
        }
        let column = self.column.map(column_letters);
        match (column, self.row) {
            (Some(column), Some(row)) => parts.push(format!("{column}{row}")),
            (None, Some(row)) => parts.push(messages::say(lang, "place_row", &[("row", &row)])),
            (Some(column), None) => {
                parts.push(messages::say(lang, "place_column", &[("column", &column)]));
            }
            (None, None) => {}
        }
        parts.join(" ")
    }
}

impl std::fmt::Display for Place {
    /// As [`Place::text`] in English.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

/// Something noticed about the data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable code, the key in `config/messages`.
    pub code: Cow<'static, str>,
    /// How much it matters.
    pub severity: Severity,
    /// Where.
    pub place: Place,
    /// Facts for the sentence: what was found, what was expected.
    pub facts: BTreeMap<Cow<'static, str>, String>,
}

impl Finding {
    /// A finding without facts.
    pub fn new(code: &'static str, severity: Severity, place: Place) -> Self {
        Finding {
            code: Cow::Borrowed(code),
            severity,
            place,
            facts: BTreeMap::new(),
        }
    }

    /// A sentence as a finding.
    pub fn said(sentence: &Sentence, severity: Severity, place: Place) -> Self {
        Finding {
            facts: sentence.facts().clone(),
            ..Finding::new(sentence.code(), severity, place)
        }
    }

    /// Adds a fact for the sentence.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "facts are given as they come"
    )]
    pub fn fact(mut self, name: &'static str, value: impl ToString) -> Self {
        self.facts.insert(Cow::Borrowed(name), value.to_string());
        self
    }

    /// The sentence, without the hint.
    pub fn text(&self, lang: Lang) -> String {
        messages::text(lang, &self.code, &self.facts_in(lang))
    }

    /// What to do next, if there is something.
    pub fn hint(&self, lang: Lang) -> Option<String> {
        messages::hint(lang, &self.code, &self.facts_in(lang))
    }

    /// The facts with our own words (kinds, fields) in the reader's language.
    fn facts_in(&self, lang: Lang) -> messages::Facts {
        let mut facts = messages::in_words(lang, &self.facts);
        if let Some(example) = facts.get_mut("example")
            && let Some((field, rest)) = example.split_once(": ")
        {
            *example = format!("{}: {rest}", messages::word(lang, "field", field));
        }
        facts
    }
}
