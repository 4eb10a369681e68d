//! Exit codes, and the last sentence of a command that could not do its work.

use std::process::ExitCode;

use channelflow_model::Lang;
use channelflow_model::messages::label;
use channelflow_warehouse::WarehouseError;

use crate::output;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything asked was done.
    Done = 0,
    /// Finished, but something is held, refused or missing.
    Attention = 1,
    /// Wrong usage or settings.
    Usage = 2,
    /// Another run holds the lock.
    Locked = 75,
    /// Interrupted.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// Something a person got wrong: a path, a setting, a number. Exit code 2 instead of 3.
#[derive(Debug)]
pub struct Usage {
    /// What was found and what was expected.
    pub text: String,
    /// What to do.
    pub hint: Option<String>,
}

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Usage {}

/// A usage error with a hint.
pub fn usage(text: impl Into<String>, hint: impl Into<String>) -> anyhow::Error {
    anyhow::Error::new(Usage {
        text: text.into(),
        hint: Some(hint.into()),
    })
}

/// Another process works on the same company folder.
#[derive(Debug, thiserror::Error)]
#[error("another run holds the lock `{0}`; wait until it has ended")]
pub struct Locked(pub String);

/// Prints an error with its causes and hint to stderr; returns its exit code.
pub fn failed(error: &anyhow::Error, lang: Lang) -> ExitCode {
    let usage = error.downcast_ref::<Usage>();
    output::note(&format!("{}: {error:#}", label(lang, "error")));
    if let Some(hint) = usage.and_then(|usage| usage.hint.as_ref()) {
        output::note(&format!("{}: {hint}", label(lang, "report_hint")));
    }
    if error.downcast_ref::<Locked>().is_some() {
        return Exit::Locked.into();
    }
    let asked_wrongly = error.downcast_ref::<WarehouseError>().is_some_and(|error| {
        matches!(
            error,
            WarehouseError::NotFound { .. }
                | WarehouseError::NothingToUndo { .. }
                | WarehouseError::EarlierPeriodOpen { .. }
                | WarehouseError::LaterPeriodClosed { .. }
                | WarehouseError::BadCursor { .. }
                | WarehouseError::BadUrl { .. }
        )
    });
    ExitCode::from(if usage.is_some() || asked_wrongly {
        Exit::Usage as u8
    } else {
        3
    })
}
