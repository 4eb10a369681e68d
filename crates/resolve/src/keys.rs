//! Keys by which texts are compared, and the index from a key to entities.
//!
//! Names are compared by [`channelflow_model::text::key`], specs by [`crate::spec`]. Codes keep
//! their punctuation: `1-11` and `11-1` are two codes.

use channelflow_model::text::{clean, key};
use rustc_hash::FxHashMap;

/// Key of a code: full width, case and blanks do not matter, everything else does.
pub(crate) fn code_key(code: &str) -> String {
    clean(code)
        .chars()
        .filter(|c| *c != ' ')
        .flat_map(char::to_lowercase)
        .collect()
}

/// Key of a 统一社会信用代码 or an older tax number; empty when the text cannot be one.
pub(crate) fn tax_key(text: &str) -> String {
    let key = key(text);
    let fits = (15..=20).contains(&key.len())
        && key.bytes().all(|b| b.is_ascii_alphanumeric())
        && key.bytes().any(|b| b != b'0');
    if fits { key } else { String::new() }
}

/// Key of a 批准文号 without the words in front of it; empty when the text cannot be one.
pub(crate) fn approval_key(text: &str) -> String {
    let key = key(text);
    let mut rest = key.as_str();
    for word in ["批准文号", "进口药品注册证号", "注册证号", "国药准字"] {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    let digits = rest.bytes().filter(u8::is_ascii_digit).count();
    let fits = digits >= 6
        && rest.bytes().any(|b| (b'1'..=b'9').contains(&b))
        && rest.bytes().all(|b| b.is_ascii_alphanumeric());
    if fits { rest.to_owned() } else { String::new() }
}

/// Key of a barcode (8 to 14 digits); empty when the text cannot be one.
pub(crate) fn barcode_key(text: &str) -> String {
    let key = key(text);
    let fits = (8..=14).contains(&key.len())
        && key.bytes().all(|b| b.is_ascii_digit())
        && key.bytes().any(|b| b != b'0');
    if fits { key } else { String::new() }
}

/// Entities by key. Most keys have one.
#[derive(Debug, Default)]
pub(crate) struct Index {
    ids: FxHashMap<Box<str>, Ids>,
}

#[derive(Debug)]
enum Ids {
    One(u32),
    Several(Vec<u32>),
}

impl Index {
    /// Adds an entity under a key; an empty key is no key, the same entity twice is once.
    pub(crate) fn add(&mut self, key: String, id: u32) {
        if key.is_empty() {
            return;
        }
        match self.ids.entry(key.into_boxed_str()) {
            std::collections::hash_map::Entry::Vacant(slot) => {
                slot.insert(Ids::One(id));
            }
            std::collections::hash_map::Entry::Occupied(mut slot) => match slot.get_mut() {
                Ids::One(first) if *first == id => {}
                Ids::One(first) => {
                    let several = vec![*first, id];
                    slot.insert(Ids::Several(several));
                }
                Ids::Several(ids) => {
                    if ids.last() != Some(&id) {
                        ids.push(id);
                    }
                }
            },
        }
    }

    /// The entities under a key, in the order they were added.
    pub(crate) fn get(&self, key: &str) -> &[u32] {
        match self.ids.get(key) {
            Some(Ids::One(id)) => std::slice::from_ref(id),
            Some(Ids::Several(ids)) => ids,
            None => &[],
        }
    }

    /// Every key with more than one entity.
    pub(crate) fn shared(&self) -> impl Iterator<Item = (&str, &[u32])> {
        self.ids.iter().filter_map(|(key, ids)| match ids {
            Ids::Several(ids) => Some((&**key, ids.as_slice())),
            Ids::One(_) => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_keep_their_punctuation() {
        assert_eq!(code_key(" ＣＦ－001 "), "cf-001");
        assert_ne!(code_key("1-11"), code_key("11-1"));
    }

    #[test]
    fn placeholders_are_no_identifiers() {
        assert_eq!(tax_key("91110000100001234x"), "91110000100001234x");
        assert_eq!(approval_key("国药准字 H20052638"), "h20052638");
        assert_eq!(approval_key("批准文号:国药准字H20052638"), "h20052638");
        assert_eq!(barcode_key("6901234567890"), "6901234567890");
        for text in ["", "无", "-", "0", "000000000000000000", "详见包装"] {
            assert_eq!(tax_key(text), "", "{text}");
            assert_eq!(approval_key(text), "", "{text}");
            assert_eq!(barcode_key(text), "", "{text}");
        }
    }

    #[test]
    fn an_index_tells_one_from_several() {
        let mut index = Index::default();
        for (key, id) in [("a", 1), ("a", 1), ("b", 2), ("b", 3), ("", 4)] {
            index.add(key.to_owned(), id);
        }
        assert_eq!(index.get("a"), [1]);
        assert_eq!(index.get("b"), [2, 3]);
        assert_eq!(index.get(""), [0; 0]);
        assert_eq!(index.shared().count(), 1);
    }
}
