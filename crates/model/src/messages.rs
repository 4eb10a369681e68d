//! Every sentence a person reads, in Chinese and English, from `config/messages`.
//!
//! One entry per code with `zh` and `en` (and `zh_hint`, `en_hint`: what to do next). `{name}`
//! stands for a fact, `{name|row|rows}` for the word that fits its number. An unknown code prints
//! itself with its facts, so that nothing is hidden.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::io::ErrorKind;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// Language of what people read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lang {
    /// 中文.
    Zh,
    /// English.
    #[default]
    En,
}

impl FromStr for Lang {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "zh" => Ok(Lang::Zh),
            "en" => Ok(Lang::En),
            _ => Err(format!("`{text}` is not a language (zh, en)")),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    zh: String,
    en: String,
    zh_hint: Option<String>,
    en_hint: Option<String>,
}

/// One file per stage; a code stands in exactly one of them.
const FILES: &[(&str, &str)] = &[
    (
        "appeal",
        include_str!("../../../config/messages/appeal.toml"),
    ),
    ("check", include_str!("../../../config/messages/check.toml")),
    (
        "command",
        include_str!("../../../config/messages/command.toml"),
    ),
    (
        "database",
        include_str!("../../../config/messages/database.toml"),
    ),
    ("load", include_str!("../../../config/messages/load.toml")),
    ("match", include_str!("../../../config/messages/match.toml")),
    (
        "normalize",
        include_str!("../../../config/messages/normalize.toml"),
    ),
    (
        "policy",
        include_str!("../../../config/messages/policy.toml"),
    ),
    (
        "policy_commands",
        include_str!("../../../config/messages/policy_commands.toml"),
    ),
    (
        "portal",
        include_str!("../../../config/messages/portal.toml"),
    ),
    ("read", include_str!("../../../config/messages/read.toml")),
    (
        "remote",
        include_str!("../../../config/messages/remote.toml"),
    ),
    (
        "report",
        include_str!("../../../config/messages/report.toml"),
    ),
    (
        "resolve",
        include_str!("../../../config/messages/resolve.toml"),
    ),
    (
        "review",
        include_str!("../../../config/messages/review.toml"),
    ),
    ("rules", include_str!("../../../config/messages/rules.toml")),
    (
        "settings",
        include_str!("../../../config/messages/settings.toml"),
    ),
    (
        "settings_records",
        include_str!("../../../config/messages/settings_records.toml"),
    ),
    (
        "settle",
        include_str!("../../../config/messages/settle.toml"),
    ),
    (
        "sources",
        include_str!("../../../config/messages/sources.toml"),
    ),
    (
        "statement",
        include_str!("../../../config/messages/statement.toml"),
    ),
    (
        "statement_export",
        include_str!("../../../config/messages/statement_export.toml"),
    ),
    (
        "warehouse",
        include_str!("../../../config/messages/warehouse.toml"),
    ),
];

static CATALOGUE: LazyLock<HashMap<String, Entry>> = LazyLock::new(|| {
    // The files are compiled in and every one is parsed by a test; a broken one leaves its codes
    // unknown, which prints codes instead of sentences.
    FILES
        .iter()
        .filter_map(|(_, text)| toml::from_str::<HashMap<String, Entry>>(text).ok())
        .flatten()
        .collect()
});

/// Facts of a sentence by name.
pub type Facts = BTreeMap<Cow<'static, str>, String>;

/// The sentence of a code with its facts filled in.
pub fn text(lang: Lang, code: &str, facts: &Facts) -> String {
    if let Some(entry) = CATALOGUE.get(code) {
        return fill(
            if lang == Lang::Zh {
                &entry.zh
            } else {
                &entry.en
            },
            facts,
        );
    }
    let mut shown = code.to_owned();
    for (name, value) in facts {
        let _ = write!(shown, " {name}={value}");
    }
    shown
}

/// The hint of a code with its facts filled in, if it has one.
pub fn hint(lang: Lang, code: &str, facts: &Facts) -> Option<String> {
    let entry = CATALOGUE.get(code)?;
    let template = if lang == Lang::Zh {
        &entry.zh_hint
    } else {
        &entry.en_hint
    };
    template.as_ref().map(|template| fill(template, facts))
}

/// A sentence without facts; for labels of reports and tables.
pub fn label(lang: Lang, code: &str) -> String {
    text(lang, code, &Facts::new())
}

/// One of our own words in the reader's language: the label `{group}_{word}`, or the word itself
/// when it has none.
pub fn word(lang: Lang, group: &str, word: &str) -> String {
    let code = format!("{group}_{word}");
    if CATALOGUE.contains_key(&code) {
        label(lang, &code)
    } else {
        word.to_owned()
    }
}

/// A sentence with facts given in place.
pub fn say(lang: Lang, code: &str, facts: &[(&'static str, &dyn std::fmt::Display)]) -> String {
    let facts = facts
        .iter()
        .map(|(name, value)| (Cow::Borrowed(*name), value.to_string()))
        .collect();
    text(lang, code, &facts)
}

/// Facts that hold one of our own words, and the group its translations stand in.
const WORDS: [(&str, &str); 11] = [
    ("measure", "policy_measure"),
    ("moved", "moved"),
    ("appeal_kind", "appeal_kind"),
    ("appeal_state", "appeal_state"),
    ("confirmation", "confirmation"),
    ("window", "window"),
    ("kind", "kind"),
    ("field", "field"),
    ("state", "state"),
    ("type_found", "toml"),
    ("io", "io"),
];

/// The facts with our own words in the reader's language.
pub(crate) fn in_words(lang: Lang, facts: &Facts) -> Facts {
    let mut facts = facts.clone();
    for (name, group) in WORDS {
        if let Some(fact) = facts.get_mut(name) {
            *fact = word(lang, group, fact);
        }
    }
    facts
}

/// A sentence that is said where the reader's language is known: its code and facts. As an error
/// it prints in English.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    code: &'static str,
    facts: Facts,
}

impl Sentence {
    /// A sentence without facts.
    pub fn new(code: &'static str) -> Self {
        Sentence {
            code,
            facts: Facts::new(),
        }
    }

    /// Adds a fact.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "facts are given as they come"
    )]
    pub fn fact(mut self, name: &'static str, value: impl ToString) -> Self {
        self.facts.insert(Cow::Borrowed(name), value.to_string());
        self
    }

    /// Adds what the system said about a file: our own word where there is one.
    #[must_use]
    pub fn because(self, error: &std::io::Error) -> Self {
        let known = match error.kind() {
            ErrorKind::NotFound => "not_found",
            ErrorKind::PermissionDenied => "permission_denied",
            ErrorKind::ReadOnlyFilesystem => "read_only",
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "disk_full",
            ErrorKind::NotADirectory => "not_a_directory",
            ErrorKind::IsADirectory => "is_a_directory",
            ErrorKind::InvalidData => "not_text",
            _ => return self.fact("io", error),
        };
        self.fact("io", known)
    }

    /// Its code.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// Its facts.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// What it says.
    pub fn text(&self, lang: Lang) -> String {
        text(lang, self.code, &in_words(lang, &self.facts))
    }

    /// What to do next, if there is something.
    pub fn hint(&self, lang: Lang) -> Option<String> {
        hint(lang, self.code, &in_words(lang, &self.facts))
    }
}

impl std::fmt::Display for Sentence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

impl std::error::Error for Sentence {}

fn fill(template: &str, facts: &Facts) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, tail)) = rest.split_once('{') {
        filled.push_str(before);
        let found = tail
            .split_once('}')
            .and_then(|(place, after)| Some((placed(place, facts)?, after)));
        if let Some((shown, after)) = found {
            filled.push_str(shown);
            rest = after;
        } else {
            filled.push('{');
            rest = tail;
        }
    }
    filled.push_str(rest);
    filled
}

/// What stands at `{name}` or `{name|one|many}`.
fn placed<'t>(place: &'t str, facts: &'t Facts) -> Option<&'t str> {
    let Some((name, forms)) = place.split_once('|') else {
        return facts.get(place).map(String::as_str);
    };
    let (one, many) = forms.split_once('|')?;
    Some(if facts.get(name)? == "1" { one } else { many })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn names(template: &str) -> BTreeSet<&str> {
        template
            .split('{')
            .skip(1)
            .filter_map(|tail| tail.split_once('}'))
            .map(|(place, _)| place.split_once('|').map_or(place, |(name, _)| name))
            .collect()
    }

    #[test]
    fn both_languages_say_the_same_and_no_code_stands_twice() {
        let mut seen = BTreeSet::new();
        for (file, text) in FILES {
            let entries: HashMap<String, Entry> =
                toml::from_str(text).unwrap_or_else(|error| panic!("{file}.toml: {error}"));
            for (code, entry) in entries {
                assert!(
                    seen.insert(code.clone()),
                    "`{code}` stands in two files, one is {file}"
                );
                assert_eq!(
                    names(&entry.zh),
                    names(&entry.en),
                    "facts of `{code}` differ"
                );
                assert_eq!(
                    entry.zh_hint.is_some(),
                    entry.en_hint.is_some(),
                    "hint of `{code}`"
                );
                if let (Some(zh), Some(en)) = (&entry.zh_hint, &entry.en_hint) {
                    assert_eq!(names(zh), names(en), "facts in the hint of `{code}` differ");
                }
            }
        }
    }

    #[test]
    fn facts_are_filled_in_and_unknown_codes_print_themselves() {
        let facts = Facts::from([("a".into(), "{b}".to_owned()), ("b".into(), "1".to_owned())]);
        assert_eq!(fill("x {a} {c} {b} {", &facts), "x {b} {c} 1 {");
        assert_eq!(
            text(Lang::En, "no_such_code", &facts),
            "no_such_code a={b} b=1"
        );
    }

    #[test]
    fn a_word_follows_its_number() {
        let said = |rows: &str| {
            let facts = Facts::from([("rows".into(), rows.to_owned())]);
            fill("{rows} {rows|row is|rows are} held", &facts)
        };
        assert_eq!(said("1"), "1 row is held");
        assert_eq!(said("0"), "0 rows are held");
        assert_eq!(said("1,001"), "1,001 rows are held");
        assert_eq!(fill("{no|a|b} {x|}", &Facts::new()), "{no|a|b} {x|}");
    }

    #[test]
    fn our_own_words_are_said_in_the_readers_language() {
        let missing = std::io::Error::from(ErrorKind::NotFound);
        let sentence = Sentence::new("file_not_readable")
            .fact("path", "a.csv")
            .because(&missing);
        assert_eq!(
            sentence.text(Lang::Zh),
            "`a.csv` 无法读取：文件或目录不存在"
        );
        assert_eq!(
            sentence.to_string(),
            "`a.csv` cannot be read: there is no such file or folder"
        );
    }
}
