//! What is wrong with settings: all of it at once, each with its line and what to do.

use std::fmt;
use std::path::Path;

/// One thing wrong in a settings file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// File as a person calls it.
    pub file: String,
    /// Line, from 1; `None` when the file as a whole is meant.
    pub line: Option<usize>,
    /// What was found, what was expected.
    pub text: String,
    /// What to do.
    pub hint: Option<String>,
}

/// Everything wrong with the settings, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigProblems(pub Vec<Problem>);

impl ConfigProblems {
    pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Self {
        let (text, hint) = match error.kind() {
            std::io::ErrorKind::NotFound => (
                "there is no such file".to_owned(),
                "name a company folder, or make one with `channelflow init DIR`",
            ),
            std::io::ErrorKind::InvalidData => {
                ("the file is not UTF-8 text".to_owned(), "save it as UTF-8")
            }
            _ => (
                format!("the file cannot be read: {error}"),
                "check its permissions",
            ),
        };
        ConfigProblems(vec![Problem {
            file: path.display().to_string(),
            line: None,
            text,
            hint: Some(hint.to_owned()),
        }])
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file)?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        write!(f, " {}", self.text)?;
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

impl fmt::Display for ConfigProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.0.iter().enumerate() {
            if at > 0 {
                writeln!(f)?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}
