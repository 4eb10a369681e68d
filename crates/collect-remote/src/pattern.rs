//! Patterns people write: `*` and `?` in file names, senders and subjects, and `{distributor}` for
//! the part that names the distributor. Upper and lower case are the same.

use channelflow_config::Description;
use channelflow_model::Sentence;
use regex::Regex;

/// A pattern for a whole text.
#[derive(Debug, Clone)]
pub(crate) struct Pattern(Regex);

impl Pattern {
    /// Of a path with `/`: `*` and `?` stay within one folder, `**/` is any number of folders. A
    /// pattern without `/` is about the file name alone.
    pub fn path(description: &Description<'_>, written: &str) -> Result<Self, Sentence> {
        let anywhere = if written.contains('/') { "" } else { "(.*/)?" };
        Self::new(description, written, anywhere, "[^/]")
    }

    /// Of a line of text. Without `*`, `?` and `{distributor}` it may stand anywhere in it.
    pub fn text(description: &Description<'_>, written: &str) -> Result<Self, Sentence> {
        if written.contains(['*', '?']) || written.contains("{distributor}") {
            Self::new(description, written, "", ".")
        } else {
            Self::new(description, &format!("*{written}*"), "", ".")
        }
    }

    fn new(
        description: &Description<'_>,
        written: &str,
        before: &str,
        one: &str,
    ) -> Result<Self, Sentence> {
        let mut regex = format!("(?is)^{before}");
        let mut rest = written;
        while let Some(character) = rest.chars().next() {
            let (taken, meaning) = if rest.starts_with("**/") {
                (3, "(.*/)?".to_owned())
            } else if rest.starts_with("{distributor}") {
                ("{distributor}".len(), "(?<distributor>[^/]+?)".to_owned())
            } else {
                let meaning = match character {
                    '*' => format!("{one}*"),
                    '?' => one.to_owned(),
                    other => regex::escape(other.encode_utf8(&mut [0; 4])),
                };
                (character.len_utf8(), meaning)
            };
            regex.push_str(&meaning);
            rest = rest.get(taken..).unwrap_or_default();
        }
        regex.push('$');
        let regex = Regex::new(&regex).map_err(|error| description.wrong(error))?;
        Ok(Pattern(regex))
    }

    /// Whether the text fits.
    pub fn fits(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// The part of a fitting text that names the distributor.
    pub fn distributor<'t>(&self, text: &'t str) -> Option<&'t str> {
        let found = self.0.captures(text)?.name("distributor")?;
        Some(found.as_str().trim()).filter(|name| !name.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use channelflow_config::Values;

    use super::*;

    fn with(check: impl Fn(&Description<'_>)) {
        check(&Description {
            source: "s",
            file: Path::new("s.toml"),
            text: "",
            dir: Path::new(""),
            values: &Values::default(),
        });
    }

    #[test]
    fn paths_and_texts_fit_as_people_write_them() {
        with(|description| {
            for (written, path, fits) in [
                ("*.xlsx", "DX01/2026/流向.XLSX", true),
                ("*.xlsx", "流向.xlsx", true),
                ("*.xlsx", "流向.xlsx.bak", false),
                ("DX*/*.csv", "DX01/a.csv", true),
                ("DX*/*.csv", "DX01/alt/a.csv", false),
                ("DX01/**/流向?.csv", "DX01/alt/2026/流向1.csv", true),
                ("DX01/**/流向?.csv", "DX01/流向1.csv", true),
                ("a.b", "axb", false),
            ] {
                let pattern = Pattern::path(description, written).unwrap();
                assert_eq!(pattern.fits(path), fits, "{written} {path}");
            }
            for (written, text, fits) in [
                ("流向", "9月流向表", true),
                ("*@yskz.example", "Li@YSKZ.example", true),
                ("*@yskz.example", "li@yskz.example.evil", false),
            ] {
                let pattern = Pattern::text(description, written).unwrap();
                assert_eq!(pattern.fits(text), fits, "{written} {text}");
            }
        });
    }

    #[test]
    fn a_distributor_is_captured() {
        with(|description| {
            let pattern = Pattern::text(description, "{distributor}_*流向*").unwrap();
            assert_eq!(pattern.distributor("DX01_9月流向"), Some("DX01"));
            assert_eq!(pattern.distributor("9月流向"), None);
        });
    }
}
