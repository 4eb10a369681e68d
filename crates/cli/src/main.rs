//! The `channelflow` command: arguments, wiring, exit codes. What a command does stands in its
//! own file under `commands`; what the program does stands in `pipeline` and below.

mod commands;
mod exit;
mod export;
mod inboxes;
mod output;
mod post;
mod session;
mod sources;

use std::path::PathBuf;
use std::process::ExitCode;

use channelflow_model::Lang;
use clap::{Parser, ValueEnum};

use crate::commands::Command;

/// Distributor files in, clean flow records out
#[derive(Debug, Parser)]
#[command(name = "channelflow", version, max_term_width = 100)]
pub struct Cli {
    /// Company folder: where channelflow.toml is
    #[arg(
        short = 'C',
        long = "company",
        global = true,
        default_value = ".",
        value_name = "DIR"
    )]
    pub company: PathBuf,
    /// Language of what people read; the setting `company.lang` otherwise
    #[arg(long, global = true, value_name = "zh|en")]
    pub lang: Option<Lang>,
    /// How data is printed
    #[arg(long, global = true, value_enum, default_value = "text")]
    pub format: Format,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// How data is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs: one JSON document, described in docs/json.md.
    Json,
}

fn main() -> ExitCode {
    // The reading child must start fast and touch nothing else.
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == "read-child") {
        let path = PathBuf::from(arguments.next().unwrap_or_default());
        let limits = arguments.next().unwrap_or_default();
        return channelflow_read::child_main(&path, &limits.to_string_lossy());
    }
    let words: Vec<std::ffi::OsString> = std::env::args_os().collect();
    let cli = match Cli::try_parse_from(&words) {
        Ok(cli) => cli,
        Err(error) => return exit::not_parsed(&error, &words),
    };
    let lang = cli
        .lang
        .or_else(|| channelflow_config::lang_of(&cli.company))
        .unwrap_or_default();
    output::start_logging();
    // Two providers of cryptography are built in; which one is used is said once, here.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return exit::failed(&anyhow::Error::from(error), lang),
    };
    match runtime.block_on(commands::dispatch(cli)) {
        Ok(code) => code.into(),
        Err(error) => exit::failed(&error, lang),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::CommandFactory;

    use super::Cli;

    /// Every text between backticks, of files in a folder of the repository.
    fn quoted(folder: &str, ending: &str) -> Vec<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../..")
            .join(folder);
        let texts: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|found| found == ending))
            .map(|path| std::fs::read_to_string(path).unwrap())
            .collect();
        let pieces = texts
            .iter()
            .flat_map(|text| text.split('`').skip(1).step_by(2));
        pieces.map(str::to_owned).collect()
    }

    /// What is wrong with a command as a person would type it.
    fn problem(line: &str) -> Option<String> {
        let mut command = Cli::command();
        command.build();
        let mut words = line.split_whitespace().skip(1);
        while let Some(word) = words.next() {
            if word == "-C" {
                words.next();
            } else if let Some(flag) = word.strip_prefix("--") {
                let known = command
                    .get_arguments()
                    .any(|known| known.get_long() == Some(flag));
                if !known && flag != "help" {
                    return Some(format!("`{line}`: no flag --{flag}"));
                }
            } else if command.has_subcommands() {
                match command.find_subcommand(word) {
                    Some(found) => command = found.clone(),
                    None => return Some(format!("`{line}`: no command {word}")),
                }
            }
        }
        None
    }

    #[test]
    fn every_command_that_is_named_exists() {
        assert_eq!(
            problem("channelflow -C acme layout edit 3 --sign negate"),
            None
        );
        assert!(problem("channelflow layout chang 3").is_some());
        assert!(problem("channelflow layout edit 3 --sgn negate").is_some());
        let mut named = quoted("config/messages", "toml");
        named.extend(quoted("docs", "md"));
        named.extend(quoted(".", "md"));
        let commands: Vec<&String> = named
            .iter()
            .filter(|text| text.starts_with("channelflow "))
            .collect();
        assert!(commands.len() > 40, "{commands:?}");
        let wrong: Vec<String> = commands
            .into_iter()
            .filter_map(|line| problem(line))
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn messages_name_commands_as_one_types_them() {
        let groups = Cli::command();
        let bare: Vec<String> = quoted("config/messages", "toml")
            .into_iter()
            .filter(|text| {
                let mut words = text.split_whitespace();
                let group = words.next().and_then(|word| groups.find_subcommand(word));
                let command = words.next();
                group.is_some_and(|group| {
                    command.is_some_and(|word| group.find_subcommand(word).is_some())
                })
            })
            .collect();
        assert!(bare.is_empty(), "without the program's name: {bare:?}");
    }
}
