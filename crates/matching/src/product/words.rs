//! The vocabulary of product names as `config/vocabulary/product_names.toml` has it, made ready
//! for look-ups. Not here: the words of a master (`lexicon`).

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;

use crate::product::strength::Measure;
use crate::text::normalise;

/// A dosage form; position in [`Words::forms`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FormId(pub u8);

/// A salt; position of its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SaltId(pub u8);

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    acids: Vec<Vec<String>>,
    metals: Vec<Vec<String>>,
    waters: Vec<String>,
    whole: Vec<String>,
    synonyms: Vec<Vec<String>>,
    remarks: Vec<String>,
    variants: Vec<Vec<String>>,
    form: Vec<Form>,
    counted: FxHashMap<String, Vec<String>>,
    unit: Vec<Unit>,
    pack: Pack,
    maker: MakerWords,
}

/// A dosage form.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// Stable word for it.
    pub code: String,
    /// What a coarse word may stand for.
    #[serde(default)]
    pub family: String,
    /// Covers its whole family, or `covers`.
    #[serde(default)]
    pub any: bool,
    /// Codes of the forms it may stand for, when it has no family.
    #[serde(default)]
    pub covers: Vec<String>,
    /// How it is written.
    pub words: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unit {
    measure: Measure,
    scale: u64,
    words: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pack {
    counted: Vec<String>,
    cases: Vec<String>,
}

/// What makers' names are made of.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MakerWords {
    /// Legal forms, longest first.
    pub legal: Vec<String>,
    /// What a maker makes or is, longest first.
    pub trades: Vec<String>,
    /// Places, longest first.
    pub places: Vec<String>,
    /// Words before a former name in brackets.
    pub former: Vec<String>,
    /// Words before somebody else's name in brackets, longest first.
    pub partners: Vec<String>,
    /// Groups under several names.
    pub groups: Vec<Vec<String>>,
}

/// The vocabulary.
#[derive(Debug)]
pub struct Words {
    /// Dosage forms by [`FormId`].
    pub forms: Vec<Form>,
    /// Words of the forms.
    pub spelled_forms: Vec<(String, FormId)>,
    /// Acids, longest first, with their salt.
    pub acids: Vec<(String, SaltId)>,
    /// Metals and amines, longest first, with their salt.
    pub metals: Vec<(String, SaltId)>,
    /// First word of every salt, by [`SaltId`].
    pub salt_names: Vec<String>,
    /// Water of crystallisation.
    pub waters: Vec<String>,
    /// Names that are not taken apart.
    pub whole: Vec<String>,
    /// Other names of substances and the one in use.
    pub synonyms: Vec<(String, String)>,
    /// What says nothing.
    pub remarks: Vec<String>,
    /// Variants with their line.
    pub variants: Vec<(String, u8)>,
    /// Substances that exist, whether the master has them or not.
    pub substances: Vec<String>,
    /// Families a counted piece belongs to.
    pub counted: FxHashMap<String, Vec<String>>,
    /// Measure and scale of a unit.
    pub units: FxHashMap<String, (Measure, u64)>,
    /// Characters of the longest unit.
    pub unit_length: usize,
    /// What is counted in a pack, and containers.
    pub pieces: FxHashSet<String>,
    /// Shipping cases.
    pub cases: FxHashSet<String>,
    /// What makers' names are made of.
    pub maker: MakerWords,
}

/// The vocabulary that is built in.
pub fn words() -> &'static Words {
    static WORDS: LazyLock<Words> = LazyLock::new(|| {
        let names = include_str!("../../../../config/vocabulary/product_names.toml");
        let substances = include_str!("../../../../config/vocabulary/substances.toml");
        match (toml::from_str(names), toml::from_str(substances)) {
            (Ok(file), Ok(substances)) => Words::new(file, &substances),
            (Err(problem), _) | (_, Err(problem)) => {
                unreachable!("the built-in vocabulary is tested: {problem}")
            }
        }
    });
    &WORDS
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Substances {
    substances: Vec<String>,
}

impl Words {
    fn new(file: File, substances: &Substances) -> Self {
        let small = |at: usize| u8::try_from(at).unwrap_or(u8::MAX);
        let lines = |lines: &[Vec<String>], first: usize| -> Vec<(String, SaltId)> {
            let mut words: Vec<(String, SaltId)> = Vec::new();
            for (at, line) in lines.iter().enumerate() {
                words.extend(
                    line.iter()
                        .map(|w| (normalise(w), SaltId(small(first + at)))),
                );
            }
            words.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
            words
        };
        let mut units = FxHashMap::default();
        for unit in &file.unit {
            for word in &unit.words {
                units.insert(normalise(word), (unit.measure, unit.scale));
            }
        }
        let mut spelled_forms = Vec::new();
        for (at, form) in file.form.iter().enumerate() {
            spelled_forms.extend(form.words.iter().map(|w| (normalise(w), FormId(small(at)))));
        }
        let mut variants = Vec::new();
        for (at, line) in file.variants.iter().enumerate() {
            variants.extend(line.iter().map(|w| (normalise(w), small(at))));
        }
        let mut synonyms = Vec::new();
        for line in &file.synonyms {
            if let Some((first, others)) = line.split_first() {
                synonyms.extend(others.iter().map(|w| (normalise(w), normalise(first))));
            }
        }
        synonyms.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        let set = |words: &[String]| words.iter().map(|word| normalise(word)).collect();
        Words {
            acids: lines(&file.acids, 0),
            metals: lines(&file.metals, file.acids.len()),
            salt_names: file
                .acids
                .iter()
                .chain(&file.metals)
                .map(|line| line.first().cloned().unwrap_or_default())
                .collect(),
            waters: longest_first(&file.waters),
            whole: longest_first(&file.whole),
            synonyms,
            remarks: longest_first(&file.remarks),
            variants,
            substances: longest_first(&substances.substances),
            forms: file.form,
            spelled_forms,
            counted: file.counted,
            unit_length: units
                .keys()
                .map(|w: &String| w.chars().count())
                .max()
                .unwrap_or(1),
            units,
            pieces: set(&file.pack.counted),
            cases: set(&file.pack.cases),
            maker: MakerWords {
                legal: longest_first(&file.maker.legal),
                trades: longest_first(&file.maker.trades),
                places: longest_first(&file.maker.places),
                former: longest_first(&file.maker.former),
                partners: longest_first(&file.maker.partners),
                groups: file.maker.groups,
            },
        }
    }

    /// Whether two forms can be the same one: equal, or one is a word for all of its family.
    pub fn may_be_same_form(&self, a: FormId, b: FormId) -> bool {
        a == b || self.covers(a, b) || self.covers(b, a)
    }

    fn covers(&self, broad: FormId, narrow: FormId) -> bool {
        match (self.form(broad), self.form(narrow)) {
            (Some(broad), Some(narrow)) if broad.any => {
                if broad.covers.is_empty() {
                    broad.family == narrow.family
                } else {
                    broad.covers.contains(&narrow.code)
                }
            }
            _ => false,
        }
    }

    /// The form two words make together: 缓释 and 胶囊 are 缓释胶囊.
    pub fn joined(&self, a: FormId, b: FormId) -> Option<FormId> {
        let (first, second) = (self.form(a)?, self.form(b)?);
        let (modifier, kind) = match (first.covers.is_empty(), second.covers.is_empty()) {
            (false, true) => (first, second),
            (true, false) => (second, first),
            _ => return None,
        };
        let tail = kind.code.rsplit('_').next()?;
        let code = modifier
            .covers
            .iter()
            .find(|code| code.rsplit('_').next() == Some(tail))?;
        let at = self.forms.iter().position(|form| form.code == *code)?;
        u8::try_from(at).ok().map(FormId)
    }

    /// Whether two forms belong to one family.
    pub fn same_family(&self, a: FormId, b: FormId) -> bool {
        match (self.form(a), self.form(b)) {
            (Some(a), Some(b)) => !a.family.is_empty() && a.family == b.family,
            _ => false,
        }
    }

    /// A form by its id.
    pub fn form(&self, id: FormId) -> Option<&Form> {
        self.forms.get(usize::from(id.0))
    }
}

fn longest_first(words: &[String]) -> Vec<String> {
    let mut words: Vec<String> = words.iter().map(|word| normalise(word)).collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_vocabulary_is_sound() {
        let words = words();
        let mut seen = FxHashMap::default();
        for (word, form) in &words.spelled_forms {
            assert_eq!(
                seen.insert(word.clone(), *form),
                None,
                "{word} is two forms"
            );
        }
        for families in words.counted.values() {
            for family in families {
                assert!(words.forms.iter().any(|form| form.family == *family));
            }
        }
        assert!(words.forms.len() < 200 && words.acids.len() + words.metals.len() < 200);
    }

    #[test]
    fn forms_that_may_be_the_same() {
        let form = |word: &str| {
            let found = words().spelled_forms.iter().find(|(w, _)| w == word);
            found.map(|(_, form)| *form).unwrap()
        };
        for (a, b, expected) in [
            ("片剂", "薄膜衣片", true),
            ("胶囊", "硬胶囊", true),
            ("胶囊", "软胶囊", false),
            ("片", "缓释片", false),
            ("片", "分散片", false),
            ("口崩片", "咀嚼片", false),
            ("注射用", "粉针", true),
            ("注射用", "注射液", false),
            ("针剂", "注射液", true),
            ("针剂", "注射用", true),
            ("针剂", "片", false),
            ("缓释", "缓释胶囊", true),
            ("缓释", "肠溶片", false),
            ("颗粒", "干混悬剂", false),
            ("口服液", "混悬液", false),
        ] {
            assert_eq!(
                words().may_be_same_form(form(a), form(b)),
                expected,
                "{a} {b}"
            );
            assert_eq!(
                words().may_be_same_form(form(b), form(a)),
                expected,
                "{b} {a}"
            );
        }
    }
}
