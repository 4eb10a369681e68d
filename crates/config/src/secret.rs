//! A setting that may hold a secret: written as a reference, printed as written, never as it is.

use std::fmt;
use std::path::Path;

use channelflow_model::Sentence;

/// A text that may hold a secret. `Debug` shows `[secret]` where one was filled in.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    value: String,
    shown: String,
}

impl Secret {
    /// A text without a secret in it.
    pub(crate) fn plain(text: &str) -> Self {
        Secret {
            value: text.to_owned(),
            shown: text.to_owned(),
        }
    }

    /// Fills in `${NAME}` from the environment and `${file:PATH}` from a file (relative to `dir`,
    /// white space at its ends left out). Fails closed, with what is wrong and what to do.
    pub fn resolve(
        written: &str,
        dir: &Path,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Sentence> {
        let mut value = String::with_capacity(written.len());
        let mut shown = String::with_capacity(written.len());
        let mut rest = written;
        while let Some((before, tail)) = rest.split_once("${") {
            let Some((reference, after)) = tail.split_once('}') else {
                return Err(Sentence::new("settings_secret_not_closed"));
            };
            let found = match reference.strip_prefix("file:") {
                Some(path) => read_secret(&dir.join(path)),
                None => environment(reference)
                    .filter(|found| !found.is_empty())
                    .ok_or_else(|| {
                        Sentence::new("settings_secret_not_set").fact("name", reference)
                    }),
            }?;
            value.push_str(before);
            value.push_str(&found);
            shown.push_str(before);
            shown.push_str("[secret]");
            rest = after;
        }
        value.push_str(rest);
        shown.push_str(rest);
        Ok(Secret { value, shown })
    }

    /// Adds a text and how it is shown.
    pub(crate) fn push(&mut self, value: &str, shown: &str) {
        self.value.push_str(value);
        self.shown.push_str(shown);
    }

    /// The text with its secrets, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.value
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.shown)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

fn read_secret(path: &Path) -> Result<String, Sentence> {
    let about = |code| Sentence::new(code).fact("path", path.display());
    match std::fs::read_to_string(path) {
        Ok(text) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
        Ok(_) => Err(about("settings_secret_empty")),
        Err(error) => Err(about("settings_secret_unreadable").because(&error)),
    }
}

/// Whether a URL as written holds a password that is not a reference.
pub(crate) fn has_plain_password(written: &str) -> bool {
    let after_scheme = written.split_once("://").map_or("", |(_, rest)| rest);
    let authority = after_scheme.split('/').next().unwrap_or("");
    let in_authority = authority
        .rsplit_once('@')
        .and_then(|(user, _)| user.split_once(':'))
        .map(|(_, password)| password);
    let in_query = after_scheme
        .split(['?', '&'])
        .skip(1)
        .find_map(|pair| pair.strip_prefix("password="));
    [in_authority, in_query]
        .into_iter()
        .flatten()
        .any(|password| !password.is_empty() && !password.starts_with("${"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_in_clear_are_seen() {
        for (url, clear) in [
            ("postgres://flow:pa@ss@db/channelflow", true),
            ("postgres://flow:${PGPASSWORD}@db/channelflow", false),
            ("postgres://flow:${file:secrets/pg}@db/channelflow", false),
            ("postgres://flow@db/channelflow?password=x", true),
            ("postgres://flow@db/channelflow", false),
            ("sqlite:warehouse.db", false),
            ("${WAREHOUSE_URL}", false),
        ] {
            assert_eq!(has_plain_password(url), clear, "{url}");
        }
    }

    #[test]
    fn a_secret_is_filled_in_and_never_shown() {
        let environment = |name: &str| (name == "PW").then(|| "hunter2".to_owned());
        let url = Secret::resolve("postgres://u:${PW}@h/d", Path::new("."), &environment).unwrap();
        assert_eq!(url.expose(), "postgres://u:hunter2@h/d");
        assert_eq!(url.to_string(), "postgres://u:[secret]@h/d");
        assert!(!format!("{url:?}").contains("hunter2"));
        for broken in ["${NO}", "${PW", "${file:missing}"] {
            assert!(
                Secret::resolve(broken, Path::new("."), &environment).is_err(),
                "{broken}"
            );
        }
    }
}
