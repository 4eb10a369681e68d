//! Exit codes, and the last sentence of a command that could not do its work, in the reader's
//! language.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use channelflow_config::{ConfigProblems, lang_of};
use channelflow_model::messages::label;
use channelflow_model::{Lang, Sentence};
use channelflow_warehouse::WarehouseError;
use clap::error::{ContextKind, ErrorKind};

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
    /// Something failed: disk, network, database.
    Failed = 3,
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

/// Something a person got wrong: a path, a name, a number. Exit code 2; any other sentence is a
/// failure of the machinery, exit code 3.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub Sentence);

/// Another process works on the same company folder.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Locked(pub Sentence);

/// A usage error, with its hint.
pub fn usage(said: Sentence) -> anyhow::Error {
    anyhow::Error::new(Usage(said))
}

/// What the system says about a path, as the sentence with this code.
pub fn cannot(code: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Sentence {
    let said = Sentence::new(code).fact("path", path.display());
    move |error| said.because(&error)
}

/// Prints an error and its hint to stderr; returns its exit code.
pub fn failed(error: &anyhow::Error, lang: Lang) -> ExitCode {
    say_error(error, lang).into()
}

/// Prints an error and its hint to stderr; returns how a command with it ends.
pub fn say_error(error: &anyhow::Error, lang: Lang) -> Exit {
    if let Some(problems) = error.downcast_ref::<ConfigProblems>() {
        print(&problems.text(lang), None, lang);
        return Exit::Usage;
    }
    let (said, exit) = if let Some(Usage(said)) = error.downcast_ref() {
        (said.clone(), Exit::Usage)
    } else if let Some(Locked(said)) = error.downcast_ref() {
        (said.clone(), Exit::Locked)
    } else if let Some(error) = error.downcast_ref::<WarehouseError>() {
        (error.sentence(), code_of(error))
    } else if let Some(said) = error.downcast_ref::<Sentence>() {
        (said.clone(), Exit::Failed)
    } else {
        print(&format!("{error:#}"), None, lang);
        return Exit::Failed;
    };
    print(&said.text(lang), said.hint(lang), lang);
    exit
}

fn print(text: &str, hint: Option<String>, lang: Lang) {
    output::note(&format!("{}: {text}", label(lang, "error")));
    if let Some(hint) = hint {
        output::note(&format!("{}: {hint}", label(lang, "report_hint")));
    }
}

fn code_of(error: &WarehouseError) -> Exit {
    match error {
        WarehouseError::NotFound { .. }
        | WarehouseError::NothingToUndo { .. }
        | WarehouseError::EarlierPeriodOpen { .. }
        | WarehouseError::LaterPeriodClosed { .. }
        | WarehouseError::PolicyChanged { .. }
        | WarehouseError::WrongStatementState { .. }
        | WarehouseError::StatementOrder { .. }
        | WarehouseError::NotAllowed(_)
        | WarehouseError::BadCursor { .. }
        | WarehouseError::BadUrl { .. } => Exit::Usage,
        _ => Exit::Failed,
    }
}

/// Answers what clap could not parse: help and version as they are, a bad value in the reader's
/// language, everything else as clap says it with a hint below.
pub fn not_parsed(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    if !error.use_stderr() {
        let _ = error.print();
        return Exit::Done.into();
    }
    let lang = lang_in(arguments);
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let _ = error.print();
        return Exit::Usage.into();
    }
    let shown = |kind| error.get(kind).map(ToString::to_string);
    let bad_value = matches!(
        error.kind(),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation
    );
    match (
        shown(ContextKind::InvalidArg),
        shown(ContextKind::InvalidValue),
    ) {
        (Some(argument), Some(value)) if bad_value && !value.is_empty() => {
            let known = shown(ContextKind::ValidValue);
            let said = Sentence::new(if known.is_some() {
                "bad_value_of"
            } else {
                "bad_value"
            });
            let said = said
                .fact("argument", argument)
                .fact("value", value)
                .fact("known", known.unwrap_or_default());
            print(&said.text(lang), said.hint(lang), lang);
        }
        _ => {
            output::note(error.to_string().trim_end());
            output::note(&format!(
                "{}: {}",
                label(lang, "report_hint"),
                label(lang, "see_help")
            ));
        }
    }
    Exit::Usage.into()
}

/// The language told by arguments that did not parse: `--lang`, else the settings of `-C`.
fn lang_in(arguments: &[OsString]) -> Lang {
    let words: Vec<&str> = arguments.iter().filter_map(|word| word.to_str()).collect();
    let after = |long: &str, short: Option<&str>| {
        words.iter().enumerate().find_map(|(at, word)| {
            if *word == long || short == Some(*word) {
                return words.get(at + 1).copied();
            }
            word.strip_prefix(long)
                .and_then(|rest| rest.strip_prefix('='))
                .or_else(|| word.strip_prefix(short?).filter(|rest| !rest.is_empty()))
        })
    };
    let told = after("--lang", None).and_then(|word| word.parse().ok());
    told.or_else(|| {
        let company = after("--company", Some("-C")).map_or_else(|| ".".into(), PathBuf::from);
        lang_of(&company)
    })
    .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_found_around_a_wrong_flag() {
        for (line, lang) in [
            ("--lang zh run --nonsense", Lang::Zh),
            ("run --nonsense --lang=zh", Lang::Zh),
            ("run --nonsense --lang", Lang::En),
            ("run --nonsense --lang fr", Lang::En),
            ("-C/no/such/folder run --nonsense", Lang::En),
        ] {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            assert_eq!(lang_in(&words), lang, "{line}");
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("channelflow.toml"),
            "[company]\nlang = \"zh\"\n",
        )
        .unwrap();
        let joined = OsString::from(format!("-C{}", folder.path().display()));
        assert_eq!(lang_in(&[joined, "--nonsense".into()]), Lang::Zh);
        let apart = ["-C".into(), folder.path().as_os_str().to_owned()];
        assert_eq!(lang_in(&apart), Lang::Zh);
    }
}
