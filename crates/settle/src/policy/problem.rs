//! What is wrong with the text of a policy: one thing, its line, and what to do.

use std::fmt;

use channelflow_model::Sentence;
use channelflow_model::messages::{Lang, label};

/// One thing wrong in a policy file or sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// File as a person calls it.
    pub file: String,
    /// Line of the text or row of the sheet, from 1; `None` when the whole is meant.
    pub line: Option<usize>,
    /// What was found and what was expected.
    pub found: Sentence,
    /// What could be written instead, where that depends on what was written.
    pub suggestion: Option<Sentence>,
}

impl Problem {
    /// `tiered.toml:3: …`, with the hint on a line of its own.
    pub fn text(&self, lang: Lang) -> String {
        let line = self.line.map(|line| format!("{line}:")).unwrap_or_default();
        let mut text = format!("{}:{line} {}", self.file, self.found.text(lang));
        let suggested = self.suggestion.as_ref().map(|said| said.text(lang));
        if let Some(hint) = self.found.hint(lang).or(suggested) {
            text.push_str(&format!("\n  {}: {hint}", label(lang, "report_hint")));
        }
        text
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

impl std::error::Error for Problem {}
