//! Longest words at a position of a text, and the words of a list that begin there. Words are
//! sequences of characters, values are small.

use rustc_hash::FxHashMap;

/// Words with a value each.
#[derive(Debug, Clone)]
pub struct Trie<T> {
    steps: FxHashMap<(u32, char), u32>,
    values: Vec<Option<T>>,
}

impl<T> Default for Trie<T> {
    fn default() -> Self {
        Trie {
            steps: FxHashMap::default(),
            values: vec![None],
        }
    }
}

impl<T> Trie<T> {
    /// The value of a word, to be read or set; `None` when the word is new.
    pub fn entry(&mut self, word: impl Iterator<Item = char>) -> &mut Option<T> {
        let mut node = 0;
        for c in word {
            let next = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
            node = *self.steps.entry((node, c)).or_insert(next);
            if node == next {
                self.values.push(None);
            }
        }
        let at = (node as usize).min(self.values.len().saturating_sub(1));
        match self.values.get_mut(at) {
            Some(value) => value,
            None => unreachable!("a trie has its root"),
        }
    }

    /// Calls `each` with every value.
    pub fn each_mut(&mut self, mut each: impl FnMut(&mut T)) {
        self.values.iter_mut().flatten().for_each(&mut each);
    }

    /// The longest word at the start of `text`: how many characters it has, and its value.
    pub fn longest(&self, text: impl Iterator<Item = char>) -> Option<(usize, &T)> {
        let mut node = 0;
        let mut best = None;
        for (at, c) in text.enumerate() {
            let Some(next) = self.steps.get(&(node, c)) else {
                break;
            };
            node = *next;
            if let Some(Some(value)) = self.values.get(node as usize) {
                best = Some((at + 1, value));
            }
        }
        best
    }

    /// Calls `each` with every word at the start of `text`, shortest first.
    pub fn all<'t>(&'t self, text: impl Iterator<Item = char>, mut each: impl FnMut(usize, &'t T)) {
        let mut node = 0;
        for (at, c) in text.enumerate() {
            let Some(next) = self.steps.get(&(node, c)) else {
                return;
            };
            node = *next;
            if let Some(Some(value)) = self.values.get(node as usize) {
                each(at + 1, value);
            }
        }
    }
}
