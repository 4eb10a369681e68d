//! Every sentence a person reads, in Chinese and English, from `config/messages`.
//!
//! One entry per code with `zh` and `en` (and `zh_hint`, `en_hint`: what to do next). `{name}`
//! stands for a fact. An unknown code prints itself with its facts, so that nothing is hidden.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
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
const FILES: [(&str, &str); 7] = [
    ("read", include_str!("../../../config/messages/read.toml")),
    (
        "normalize",
        include_str!("../../../config/messages/normalize.toml"),
    ),
    (
        "resolve",
        include_str!("../../../config/messages/resolve.toml"),
    ),
    ("check", include_str!("../../../config/messages/check.toml")),
    ("load", include_str!("../../../config/messages/load.toml")),
    (
        "report",
        include_str!("../../../config/messages/report.toml"),
    ),
    (
        "command",
        include_str!("../../../config/messages/command.toml"),
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

fn fill(template: &str, facts: &Facts) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, tail)) = rest.split_once('{') {
        filled.push_str(before);
        match tail.split_once('}') {
            Some((name, after)) if facts.contains_key(name) => {
                filled.push_str(facts.get(name).map_or("", String::as_str));
                rest = after;
            }
            _ => {
                filled.push('{');
                rest = tail;
            }
        }
    }
    filled.push_str(rest);
    filled
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
            .map(|(name, _)| name)
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
}
