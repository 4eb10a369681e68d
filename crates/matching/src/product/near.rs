//! Words that differ from a known one by one typing error: a character that sounds alike, one
//! dropped, one doubled, two swapped. Another character, or a digit, is no typing error.

use rustc_hash::{FxHashMap, FxHasher};
use std::hash::Hasher;

use crate::sound::same_sound;

/// What went wrong in typing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Typo {
    /// A character that sounds alike.
    Sound,
    /// One typed twice.
    Doubled,
    /// Two changed places.
    Swapped,
    /// One left out.
    Dropped,
}

/// Characters that make another substance when they come or go.
const CHANGES_SUBSTANCE: &str = "左右去异环双二三四五六单复甲乙丙氢氟氯溴碘硝羟";
/// Those that do so at the front only: 氯雷他定 and 地氯雷他定.
const CHANGES_IN_FRONT: &str = "地";

/// Known words by everything that is left of them without one character.
#[derive(Debug, Clone, Default)]
pub struct Near {
    words: Vec<(Box<[char]>, u32)>,
    by_rest: FxHashMap<u64, Vec<u32>>,
}

impl Near {
    /// Adds a word with what it means. Short words are left out: everything is near to them.
    pub fn add(&mut self, word: &str, meaning: u32) {
        let word: Box<[char]> = word.chars().collect();
        let id = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        for rest in rests(&word) {
            let ids = self.by_rest.entry(rest).or_default();
            if ids.last() != Some(&id) {
                ids.push(id);
            }
        }
        self.words.push((word, meaning));
    }

    /// Calls `each` with the meaning of every word the text may have been meant to be.
    pub fn find(&self, text: &[char], mut each: impl FnMut(u32, Typo)) {
        let mut seen: [u32; 8] = [u32::MAX; 8];
        let mut count = 0;
        for rest in rests(text) {
            for id in self
                .by_rest
                .get(&rest)
                .map(Vec::as_slice)
                .unwrap_or_default()
            {
                if seen.contains(id) {
                    continue;
                }
                let Some((word, meaning)) = self.words.get(*id as usize) else {
                    continue;
                };
                if let Some(slot) = seen.get_mut(count % 8) {
                    *slot = *id;
                    count += 1;
                }
                if let Some(typo) = typo(text, word) {
                    each(*meaning, typo);
                }
            }
        }
    }
}

/// Hashes of the word and of the word without each of its characters.
fn rests(word: &[char]) -> impl Iterator<Item = u64> + '_ {
    (0..=word.len()).map(move |skipped| {
        let mut hasher = FxHasher::default();
        for (at, c) in word.iter().enumerate() {
            if at != skipped {
                hasher.write_u32(u32::from(*c));
            }
        }
        hasher.finish()
    })
}

/// The error that makes `text` of a `word`; `None` when they are equal or differ otherwise.
pub fn typo(text: &[char], word: &[char]) -> Option<Typo> {
    let same = text.iter().zip(word).take_while(|(a, b)| a == b).count();
    let (a, b) = (text.get(same..)?, word.get(same..)?);
    let is_word = |c: &char| !c.is_ascii_alphanumeric();
    match (a, b) {
        ([x, after_x @ ..], [y, after_y @ ..]) if a.len() == b.len() => {
            if after_x == after_y && is_word(x) && is_word(y) {
                return same_sound(*x, *y).then_some(Typo::Sound);
            }
            match (after_x, after_y) {
                ([next_x, end_x @ ..], [next_y, end_y @ ..])
                    if x == next_y && y == next_x && end_x == end_y && is_word(x) && is_word(y) =>
                {
                    Some(Typo::Swapped)
                }
                _ => None,
            }
        }
        (_, [dropped, rest @ ..]) if a.len() + 1 == b.len() => {
            let front = same == 0 || matches!(word.get(same - 1), Some('酸' | '枸'));
            let harmless = is_word(dropped)
                && !CHANGES_SUBSTANCE.contains(*dropped)
                && !(front && CHANGES_IN_FRONT.contains(*dropped));
            (a == rest && harmless).then_some(Typo::Dropped)
        }
        ([added, rest @ ..], _) if a.len() == b.len() + 1 => {
            let twice = same > 0 && text.get(same - 1) == Some(added);
            (rest == b && twice && is_word(added)).then_some(Typo::Doubled)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_typing_errors_are_near() {
        for (typed, meant, expected) in [
            ("阿西洛韦", "阿昔洛韦", Some(Typo::Sound)),
            ("头孢肟", "头孢克肟", Some(Typo::Dropped)),
            ("头孢孢克肟", "头孢克肟", Some(Typo::Doubled)),
            ("头克孢肟", "头孢克肟", Some(Typo::Swapped)),
            ("头孢克洛", "头孢克肟", None),
            ("氯雷他定", "地氯雷他定", None),
            ("骨化醇", "骨化三醇", None),
            ("维生素b6", "维生素b12", None),
            ("维生素b1", "维生素b2", None),
            ("头孢克肟", "头孢克肟", None),
        ] {
            let chars = |text: &str| text.chars().collect::<Vec<char>>();
            assert_eq!(
                typo(&chars(typed), &chars(meant)),
                expected,
                "{typed} {meant}"
            );
            let mut near = Near::default();
            near.add(meant, 7);
            let mut found = None;
            near.find(&chars(typed), |meaning, typo| found = Some((meaning, typo)));
            assert_eq!(found, expected.map(|typo| (7, typo)), "{typed} {meant}");
        }
    }
}
