//! What is wrong with settings: all of it at once, each with its line and what to do.

use std::fmt;
use std::path::Path;

use channelflow_model::Sentence;
use channelflow_model::messages::{Lang, label};

/// One thing wrong in a settings file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// File as a person calls it.
    pub file: String,
    /// Line, from 1; `None` when the file as a whole is meant.
    pub line: Option<usize>,
    /// What was found, what was expected, what to do.
    pub found: Sentence,
    /// What could be written instead, where that depends on what was written.
    pub suggestion: Option<Sentence>,
}

/// Everything wrong with the settings, in the order of the file. As an error it prints in English.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigProblems(pub Vec<Problem>);

impl ConfigProblems {
    pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Self {
        let found = match error.kind() {
            std::io::ErrorKind::NotFound => Sentence::new("settings_missing"),
            std::io::ErrorKind::InvalidData => Sentence::new("settings_not_text"),
            _ => Sentence::new("settings_unreadable").because(error),
        };
        ConfigProblems(vec![Problem {
            file: path.display().to_string(),
            line: None,
            found,
            suggestion: None,
        }])
    }

    /// One problem per line, hints below.
    pub fn text(&self, lang: Lang) -> String {
        let lines: Vec<String> = self.0.iter().map(|problem| problem.text(lang)).collect();
        lines.join("\n")
    }
}

impl Problem {
    /// `channelflow.toml:3: …`, with the hint on a line of its own.
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

impl fmt::Display for ConfigProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

impl std::error::Error for ConfigProblems {}
