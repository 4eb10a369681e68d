//! The vocabulary of customer names (`config/vocabulary/customer_names.toml`), ready to be looked
//! up from either end of a text.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;

use crate::sound::same_sound;
use crate::trie::Trie;

/// What an institution is, by position in the vocabulary, from 1; 0: not known.
pub type Kind = u16;

/// A company, a branch office, or nothing said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Legal {
    /// Nothing said.
    #[default]
    None,
    /// 有限公司 and the like.
    Company,
    /// 集团.
    Group,
    /// 分公司.
    Division,
}

/// What an institution lives on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sector {
    /// Hospitals, clinics, health offices.
    #[default]
    Care,
    /// Pharmacies.
    Retail,
    /// Wholesale, makers.
    Trade,
}

/// What the end of a text says about a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Branch {
    /// 院区, 分院.
    Campus,
    /// 店.
    Store,
    /// 东院: the whole name of a branch.
    Side,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    r#type: Vec<TypeEntry>,
    affiliation: Words,
    legal: LegalEntry,
    branch: BranchEntry,
    department: Words,
    tag: TagEntry,
    former: FormerEntry,
    short: std::collections::BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TypeEntry {
    words: Vec<String>,
    #[serde(default)]
    near: Vec<String>,
    #[serde(default)]
    sector: Sector,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LegalEntry {
    company: Vec<String>,
    division: Vec<String>,
    group: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BranchEntry {
    campus: Vec<String>,
    store: Vec<String>,
    sides: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TagEntry {
    words: Vec<String>,
    closed: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FormerEntry {
    words: Vec<String>,
    also: Vec<String>,
}

/// Words of customer names.
#[derive(Debug, Default)]
pub struct CustomerWords {
    names: Vec<String>,
    sectors: Vec<Sector>,
    near: FxHashSet<(Kind, Kind)>,
    kinds: Trie<Kind>,
    kinds_back: Trie<Kind>,
    departments_back: Trie<()>,
    legal: Trie<Legal>,
    legal_back: Trie<Legal>,
    branch_back: Trie<Branch>,
    tags: FxHashMap<String, bool>,
    tags_back: Trie<()>,
    departments: FxHashSet<String>,
    /// Of three characters or more, longest first.
    department_words: Vec<Vec<char>>,
    former: Trie<bool>,
    short: Trie<String>,
    affiliations: Vec<String>,
}

static WORDS: LazyLock<CustomerWords> = LazyLock::new(|| {
    // Compiled in and parsed by a test; a broken file leaves everything in the stem, which only
    // costs matches.
    toml::from_str(include_str!(
        "../../../../config/vocabulary/customer_names.toml"
    ))
    .map(CustomerWords::new)
    .unwrap_or_default()
});

/// The built-in vocabulary.
pub fn words() -> &'static CustomerWords {
    &WORDS
}

impl CustomerWords {
    fn new(file: File) -> Self {
        let mut words = CustomerWords::default();
        words.names.push(String::new());
        words.sectors.push(Sector::Trade);
        let mut by_name: FxHashMap<String, Kind> = FxHashMap::default();
        for (at, entry) in file.r#type.iter().enumerate() {
            let kind = Kind::try_from(at + 1).unwrap_or(0);
            for word in &entry.words {
                words.kinds.entry(word.chars()).get_or_insert(kind);
                words
                    .kinds_back
                    .entry(word.chars().rev())
                    .get_or_insert(kind);
            }
            let name = entry.words.first().cloned().unwrap_or_default();
            by_name.insert(name.clone(), kind);
            words.names.push(name);
            words.sectors.push(entry.sector);
        }
        for entry in &file.r#type {
            let kind = entry.words.first().and_then(|name| by_name.get(name));
            for near in &entry.near {
                if let (Some(a), Some(b)) = (kind, by_name.get(near)) {
                    words.near.insert((*a, *b));
                    words.near.insert((*b, *a));
                }
            }
        }
        let legal = [
            (&file.legal.group, Legal::Group),
            (&file.legal.division, Legal::Division),
            (&file.legal.company, Legal::Company),
        ];
        for (list, form) in legal {
            for word in list {
                words.legal.entry(word.chars()).get_or_insert(form);
                words
                    .legal_back
                    .entry(word.chars().rev())
                    .get_or_insert(form);
            }
        }
        let branch = [
            (&file.branch.campus, Branch::Campus),
            (&file.branch.store, Branch::Store),
            (&file.branch.sides, Branch::Side),
        ];
        for (list, kind) in branch {
            for word in list {
                words
                    .branch_back
                    .entry(word.chars().rev())
                    .get_or_insert(kind);
            }
        }
        for word in file.department.words {
            words
                .departments_back
                .entry(word.chars().rev())
                .get_or_insert(());
            words.department_words.push(word.chars().collect());
            words.departments.insert(word);
        }
        words.department_words.retain(|word| word.len() > 2);
        words
            .department_words
            .sort_by_key(|word| std::cmp::Reverse(word.len()));
        for word in file.tag.words {
            let closed = file.tag.closed.contains(&word);
            if word.chars().count() > 1 {
                words.tags_back.entry(word.chars().rev()).get_or_insert(());
            }
            words.tags.insert(word, closed);
        }
        for (list, former) in [(file.former.words, true), (file.former.also, false)] {
            for word in list {
                words.former.entry(word.chars()).get_or_insert(former);
            }
        }
        for (short, long) in file.short {
            words.short.entry(short.chars()).get_or_insert(long);
        }
        words.affiliations = file.affiliation.words;
        words
    }

    /// The name of a kind: 人民医院.
    pub fn name(&self, kind: Kind) -> &str {
        self.names.get(usize::from(kind)).map_or("", String::as_str)
    }

    /// The sector of a kind; an unknown one counts as trade.
    pub fn sector(&self, kind: Kind) -> Sector {
        self.sectors
            .get(usize::from(kind))
            .copied()
            .unwrap_or_default()
    }

    /// Whether two different kinds may be one for a person.
    pub fn are_near(&self, a: Kind, b: Kind) -> bool {
        self.near.contains(&(a, b))
    }

    /// The longest kind at the end of a text.
    pub fn kind_at_end(&self, text: &[char]) -> Option<(usize, Kind)> {
        self.kinds_back
            .longest(text.iter().rev().copied())
            .map(|(len, kind)| (len, *kind))
    }

    /// The longest kind at the start of a text.
    pub fn kind_at(&self, text: &[char]) -> Option<(usize, Kind)> {
        self.kinds
            .longest(text.iter().copied())
            .map(|(len, kind)| (len, *kind))
    }

    /// The longest legal form at the end of a text.
    pub fn legal_at_end(&self, text: &[char]) -> Option<(usize, Legal)> {
        self.legal_back
            .longest(text.iter().rev().copied())
            .map(|(len, form)| (len, *form))
    }

    /// The longest legal form at the start of a text.
    pub fn legal_at(&self, text: &[char]) -> Option<(usize, Legal)> {
        self.legal
            .longest(text.iter().copied())
            .map(|(len, form)| (len, *form))
    }

    /// The longest mark of a branch at the end of a text.
    pub fn branch_at_end(&self, text: &[char]) -> Option<(usize, Branch)> {
        self.branch_back
            .longest(text.iter().rev().copied())
            .map(|(len, kind)| (len, *kind))
    }

    /// The departments at the end of a text, longest first.
    pub fn departments_at_end(&self, text: &[char]) -> Vec<usize> {
        let mut lengths = Vec::new();
        self.departments_back
            .all(text.iter().rev().copied(), |len, ()| lengths.push(len));
        lengths.reverse();
        lengths
    }

    /// The longest note (of two characters or more) at the end of a text.
    pub fn tag_at_end(&self, text: &[char]) -> Option<usize> {
        self.tags_back
            .longest(text.iter().rev().copied())
            .map(|(len, ())| len)
    }

    /// Whether a whole text is a department.
    pub fn is_department(&self, text: &str) -> bool {
        self.departments.contains(text)
    }

    /// The length of a text's end that is a department but for one character of the same sound, or
    /// one typed twice.
    pub fn nearly_department_at_end(&self, text: &[char]) -> Option<usize> {
        self.department_words.iter().find_map(|word| {
            let end = |len: usize| text.len().checked_sub(len).and_then(|at| text.get(at..));
            if let Some(end) = end(word.len()) {
                let mut wrong = end.iter().zip(word).filter(|(a, b)| a != b);
                if let (Some((a, b)), None) = (wrong.next(), wrong.next())
                    && same_sound(*a, *b)
                {
                    return Some(word.len());
                }
            }
            if let Some(end) = end(word.len() - 1)
                && (0..word.len()).any(|left_out| {
                    end.iter().eq(word
                        .iter()
                        .enumerate()
                        .filter(|(i, _)| *i != left_out)
                        .map(|(_, c)| c))
                })
            {
                return Some(word.len() - 1);
            }
            let end = end(word.len() + 1)?;
            let doubled = (1..end.len()).any(|at| {
                end.get(at) == end.get(at - 1)
                    && end
                        .iter()
                        .enumerate()
                        .filter(|(i, _)| *i != at)
                        .map(|(_, c)| c)
                        .eq(word)
            });
            if doubled {
                return Some(word.len() + 1);
            }
            None
        })
    }

    /// Whether a whole text is a note; `Some(true)`: not in use.
    pub fn tag(&self, text: &str) -> Option<bool> {
        self.tags.get(text).copied()
    }

    /// A word that introduces another name (`true`: a former one) at the start of a text.
    pub fn former_at(&self, text: &[char]) -> Option<(usize, bool)> {
        self.former
            .longest(text.iter().copied())
            .map(|(len, former)| (len, *former))
    }

    /// What everybody shortens, at the start of a text: its length and its full form.
    pub fn short_at(&self, text: &[char]) -> Option<(usize, &str)> {
        self.short
            .longest(text.iter().copied())
            .map(|(len, long)| (len, long.as_str()))
    }

    /// The length of 附属 and the like at the end of a text.
    pub fn affiliation_at_end(&self, text: &[char]) -> Option<usize> {
        self.affiliations.iter().find_map(|word| {
            let len = word.chars().count();
            let start = text.len().checked_sub(len)?;
            text.get(start..)?
                .iter()
                .copied()
                .eq(word.chars())
                .then_some(len)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vocabulary_is_readable_and_its_related_types_exist() {
        let file: File = toml::from_str(include_str!(
            "../../../../config/vocabulary/customer_names.toml"
        ))
        .expect("a readable vocabulary");
        let names: Vec<_> = file.r#type.iter().filter_map(|t| t.words.first()).collect();
        for entry in &file.r#type {
            for near in &entry.near {
                assert!(
                    names.contains(&near),
                    "{near} of {:?} is no type",
                    entry.words
                );
            }
        }
    }
}
