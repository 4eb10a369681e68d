//! `[[source]]`: where files come from. What a source of another kind than a folder is stands in a
//! description of its own, which the collector of that kind reads; accounts and passwords stand here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use channelflow_model::Sentence;

use crate::document::{Document, Section};
use crate::nightly::{self, Times};
use crate::secret::Secret;

/// Keys of `with` that name a secret, which must not stand in the file.
const SECRETS: [&str; 6] = ["password", "passwd", "pwd", "secret", "token", "key"];

/// `[[source]]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its name in reports and checkpoints.
    pub name: String,
    /// What it is.
    pub kind: SourceKind,
    /// Of a folder: the inbox, one sub-folder per distributor, named by its id. Of anything else:
    /// its description.
    pub path: PathBuf,
    /// Whose files it has, if they are all of one distributor.
    pub distributor: Option<String>,
    /// What arrives through it.
    pub feeds: Feeds,
    /// Values the description asks for by `{name}`, as written: `${NAME}` is filled in only when
    /// the source is visited, so that one missing password stops one source.
    pub with: BTreeMap<String, String>,
    /// When it is visited.
    pub times: Times,
    /// Of a folder: whether `serve --schedule` loads what arrives in it during the day.
    pub watch: bool,
}

/// What a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SourceKind {
    /// A folder people or other programs put files into.
    Folder,
    /// A distributor's web portal.
    Portal,
    /// A distributor's database, or our ERP's.
    Database,
    /// A mailbox.
    Mail,
    /// Files over SSH.
    Sftp,
    /// Files over FTP or FTPS.
    Ftp,
    /// An object store with the S3 protocol or a Chinese cloud's own.
    ObjectStore,
    /// Files over WebDAV.
    Webdav,
}

impl SourceKind {
    /// Every kind with its word in the settings.
    pub const ALL: [(&'static str, SourceKind); 8] = [
        ("folder", SourceKind::Folder),
        ("portal", SourceKind::Portal),
        ("database", SourceKind::Database),
        ("mail", SourceKind::Mail),
        ("sftp", SourceKind::Sftp),
        ("ftp", SourceKind::Ftp),
        ("object_store", SourceKind::ObjectStore),
        ("webdav", SourceKind::Webdav),
    ];

    /// Its word in the settings.
    pub fn word(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, kind)| *kind == self)
            .map_or("", |(word, _)| word)
    }
}

/// What arrives through a source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Feeds {
    /// Sales, purchases, inventory of distributors.
    #[default]
    Flows,
    /// Our own shipments (发货), as `shipment import` takes them.
    Shipments,
    /// Payments we received (回款), as `payment import` takes them.
    Payments,
}

impl Source {
    /// A folder source.
    pub fn folder(name: &str, path: impl Into<PathBuf>) -> Self {
        Source {
            name: name.to_owned(),
            kind: SourceKind::Folder,
            path: path.into(),
            distributor: None,
            feeds: Feeds::Flows,
            with: BTreeMap::new(),
            times: Times::default(),
            watch: false,
        }
    }
}

/// The description of a source that is not a folder, as it lies in its file.
#[derive(Debug, Clone, Copy)]
pub struct Description<'d> {
    /// The source's name.
    pub source: &'d str,
    /// The file, as written in the settings.
    pub file: &'d Path,
    /// What it says.
    pub text: &'d str,
    /// The company folder, which other paths in it are relative to.
    pub dir: &'d Path,
    /// Values for `{name}` in it.
    pub values: &'d Values,
}

impl Description<'_> {
    /// Its TOML as the collector's own type; unknown keys and wrong types are said with their line.
    pub fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T, Sentence> {
        toml::from_str(self.text).map_err(|error| self.wrong(error.to_string().trim_end()))
    }

    /// The sentence for something else that is wrong in it.
    pub fn wrong(&self, cause: impl std::fmt::Display) -> Sentence {
        Sentence::new("source_description")
            .fact("file", self.file.display())
            .fact("cause", cause)
    }
}

/// The values of a source with their secrets filled in.
#[derive(Debug, Clone, Default)]
pub struct Values(BTreeMap<String, Secret>);

impl Values {
    /// Fills in `${NAME}` from the environment and `${file:PATH}` from a file relative to `dir`.
    pub fn resolve(
        with: &BTreeMap<String, String>,
        dir: &Path,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Sentence> {
        let filled = with.iter().map(|(name, written)| {
            let secret = Secret::resolve(written, dir, environment)?;
            Ok((name.clone(), secret))
        });
        filled.collect::<Result<_, Sentence>>().map(Values)
    }

    /// A text of a description with `{name}` replaced by the value of that name; `{{` and `}}` are
    /// braces. `Debug` and `Display` of the answer hide what came from outside the settings file.
    pub fn fill(&self, template: &str) -> Result<Secret, Sentence> {
        let mut filled = Secret::plain("");
        let mut rest = template;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, tail) = rest.split_at(at);
            filled.push(before, before);
            if let Some(after) = tail.strip_prefix("{{").or_else(|| tail.strip_prefix("}}")) {
                let brace = tail.get(..1).unwrap_or_default();
                filled.push(brace, brace);
                rest = after;
                continue;
            }
            let reference = tail
                .strip_prefix('{')
                .and_then(|inside| inside.split_once('}'));
            let Some((name, after)) = reference else {
                return Err(Sentence::new("source_brace").fact("text", template));
            };
            let Some(value) = self.0.get(name) else {
                return Err(Sentence::new("source_no_value").fact("name", name));
            };
            filled.push(value.expose(), &value.to_string());
            rest = after;
        }
        filled.push(rest, rest);
        Ok(filled)
    }
}

/// Reads all sources; without one there is the default.
pub(crate) fn read(document: &mut Document<'_>, default: Vec<Source>) -> Vec<Source> {
    let Some(read) = document.sections("source", one) else {
        return default;
    };
    check_order(document, &read);
    let mut sources: Vec<Source> = Vec::with_capacity(read.len());
    for (line, source) in read {
        if !source.name.is_empty() && sources.iter().any(|known| known.name == source.name) {
            document.problem(
                line,
                Sentence::new("settings_source_twice").fact("name", &source.name),
            );
        }
        sources.push(source);
    }
    sources
}

fn one(section: &mut Section<'_>) -> Source {
    let kind = section.choice("kind", SourceKind::Folder, &SourceKind::ALL);
    Source {
        name: section.required_text("name"),
        kind,
        path: section.required_text("path").into(),
        distributor: section.optional_text("distributor").map(|(_, id)| id),
        feeds: section.choice(
            "feeds",
            Feeds::Flows,
            &[
                ("flows", Feeds::Flows),
                ("shipments", Feeds::Shipments),
                ("payments", Feeds::Payments),
            ],
        ),
        with: section.table("with", |with| {
            let values = with.all_texts();
            for (line, name, value) in &values {
                let lower = name.to_lowercase();
                if SECRETS.iter().any(|word| lower.contains(word)) && !value.contains("${") {
                    with.problem(
                        *line,
                        Sentence::new("settings_plain_value").fact("name", name),
                    );
                }
            }
            values
                .into_iter()
                .map(|(_, name, value)| (name, value))
                .collect()
        }),
        times: nightly::times(section),
        watch: watch(section, kind),
    }
}

/// Only a folder tells when something arrives.
fn watch(section: &mut Section<'_>, kind: SourceKind) -> bool {
    let Some((line, watch)) = section.flag("watch") else {
        return false;
    };
    if watch && kind != SourceKind::Folder {
        let found = Sentence::new("settings_watch_no_folder").fact("kind", kind.word());
        section.problem(line, found);
    }
    watch
}

/// Sources wait for sources there are, and not for each other.
fn check_order(document: &mut Document<'_>, sources: &[(usize, Source)]) {
    for (line, source) in sources {
        for before in &source.times.after {
            let known = sources.iter().any(|(_, other)| other.name == *before);
            let code = if known {
                "settings_source_circle"
            } else {
                "settings_source_after"
            };
            if !known || waits_for(sources, before, &source.name, sources.len()) {
                let found = Sentence::new(code).fact("name", &source.name);
                document.problem(*line, found.fact("after", before));
            }
        }
    }
}

/// Whether a source waits for another, directly or not.
fn waits_for(sources: &[(usize, Source)], name: &str, other: &str, deep: usize) -> bool {
    name == other
        || deep > 0
            && sources
                .iter()
                .filter(|(_, source)| source.name == name)
                .flat_map(|(_, source)| &source.times.after)
                .any(|before| waits_for(sources, before, other, deep - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_filled_in_and_a_secret_never_shown() {
        let with = BTreeMap::from([
            ("user".to_owned(), "yskz".to_owned()),
            ("password".to_owned(), "${JZ}".to_owned()),
        ]);
        let environment = |name: &str| (name == "JZ").then(|| "s3cret".to_owned());
        let values = Values::resolve(&with, Path::new(""), &environment).unwrap();

        let filled = values.fill("u={user}&p={password}&q={{}}").unwrap();

        assert_eq!(filled.expose(), "u=yskz&p=s3cret&q={}");
        assert_eq!(filled.to_string(), "u=yskz&p=[secret]&q={}");
        assert!(!format!("{values:?}").contains("s3cret"));
        assert_eq!(
            values.fill("{users}").unwrap_err().code(),
            "source_no_value"
        );
        assert_eq!(values.fill("{user").unwrap_err().code(), "source_brace");
    }
}
