//! `channelflow init DIR`: a company folder to start from.

use std::path::{Path, PathBuf};

use channelflow_model::messages::say;
use channelflow_model::{Lang, Sentence};
use clap::Args;

use crate::exit::{Exit, cannot, usage};
use crate::output;
use crate::session::Context;

const SETTINGS: &str = include_str!("../../../../config/channelflow.toml");

/// What the templates of master data are for, with example rows of each.
const EXAMPLES: &str = include_str!("../../../../config/templates/master.md");
/// An example of a policy. Its name does not end in `.toml`, so that no run imports it.
const POLICY: (&str, &str) = (
    "policies/example.toml.txt",
    include_str!("../../../../config/templates/policy.toml"),
);
/// What stands before a template's titles in the examples.
const FENCE: &str = "```csv\n";

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder to make
    dir: PathBuf,
}

/// Makes the folder; never overwrites anything.
pub fn execute(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let dir = &arguments.dir;
    let occupied = std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some());
    if occupied {
        return Err(usage(
            Sentence::new("folder_not_empty").fact("path", dir.display()),
        ));
    }
    for folder in ["inbox", "master", "policies"] {
        let folder = dir.join(folder);
        std::fs::create_dir_all(&folder).map_err(cannot("folder_not_made", &folder))?;
    }
    write(dir, "channelflow.toml", SETTINGS)?;
    write(dir, "master/README.md", EXAMPLES)?;
    for (name, titles) in templates() {
        write(dir, &format!("master/{name}"), &format!("{titles}\n"))?;
    }
    write(dir, POLICY.0, POLICY.1)?;
    let lang = context.lang.unwrap_or(Lang::En);
    output::text(&format!(
        "{}\n",
        say(lang, "init_done", &[("dir", &dir.display())])
    ))?;
    Ok(Exit::Done)
}

/// Templates of master data: the name of each file and its titles. Rows that show how it is meant
/// stand in the examples only, so that no run imports them.
fn templates() -> impl Iterator<Item = (&'static str, &'static str)> {
    EXAMPLES.split("\n## ").skip(1).filter_map(|section| {
        let name = section.lines().next()?;
        let (_, rows) = section.split_once(FENCE)?;
        Some((name, rows.lines().next()?))
    })
}

fn write(dir: &Path, name: &str, content: &str) -> anyhow::Result<()> {
    let path = dir.join(name);
    std::fs::write(&path, content).map_err(cannot("file_not_writable", &path))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::templates;

    #[test]
    fn every_example_gives_a_template() {
        let found: Vec<_> = templates().collect();
        assert_eq!(found.len(), 15);
        assert!(
            found
                .iter()
                .all(|(name, _)| name.strip_suffix(".csv").is_some())
        );
        assert!(found.iter().all(|(_, titles)| titles.contains(',')));
    }
}
