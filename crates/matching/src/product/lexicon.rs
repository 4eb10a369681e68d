//! Every word a product name can consist of: those of the vocabulary and those of the master, in
//! one trie, each with all it can mean.

use rustc_hash::FxHashMap;

use crate::product::generic::{Salts, base_and_salts, with_salts_left_out};
use crate::product::maker::Makers;
use crate::product::near::Near;
use crate::product::words::{FormId, words};
use crate::text::normalise;
use crate::trie::Trie;

/// What a word can mean; several at once are possible (a trade name that is also a maker's).
#[derive(Debug, Clone, Default)]
pub struct Meaning {
    /// A substance: its base and the salts the word says.
    pub substance: Option<(u32, Salts)>,
    /// A trade name.
    pub trade: Option<u32>,
    /// A maker.
    pub maker: bool,
    /// A dosage form.
    pub form: Option<FormId>,
    /// A salt beside a substance.
    pub salt: Option<Salts>,
    /// A variant.
    pub variant: Option<u8>,
    /// Says nothing.
    pub remark: bool,
    /// A part of a company name; says nothing beside one.
    pub company: bool,
}

/// Words by id.
#[derive(Debug, Clone, Default)]
struct Names {
    ids: FxHashMap<String, u32>,
    names: Vec<String>,
}

impl Names {
    fn id(&mut self, name: &str) -> u32 {
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let id = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.ids.insert(name.to_owned(), id);
        self.names.push(name.to_owned());
        id
    }

    fn name(&self, id: u32) -> &str {
        self.names.get(id as usize).map_or("", String::as_str)
    }
}

/// The words.
#[derive(Debug, Clone, Default)]
pub struct Lexicon {
    trie: Trie<u32>,
    meanings: Vec<Meaning>,
    near: Near,
    bases: Names,
    trades: Names,
    /// The makers of the master.
    pub makers: Makers,
}

impl Lexicon {
    /// The words of the vocabulary only.
    pub fn vocabulary() -> Self {
        let mut lexicon = Lexicon::default();
        let words = words();
        for (word, form) in &words.spelled_forms {
            let id = lexicon.add(word, |meaning| meaning.form = Some(*form));
            if word.chars().count() >= 2 {
                lexicon.near.add(word, id);
            }
        }
        for (word, salt) in words.acids.iter().chain(&words.metals) {
            lexicon.add(word, |m| m.salt = Some(Salts::default().with(*salt)));
        }
        for word in &words.waters {
            lexicon.add(word, |meaning| meaning.salt = Some(Salts::default()));
        }
        for word in &words.remarks {
            lexicon.add(word, |meaning| meaning.remark = true);
        }
        for (word, line) in &words.variants {
            lexicon.add(word, |meaning| meaning.variant = Some(*line));
        }
        for word in words.maker.legal.iter().chain(&words.maker.trades) {
            lexicon.add(word, |meaning| meaning.company = true);
        }
        lexicon
    }

    fn add(&mut self, word: &str, set: impl FnOnce(&mut Meaning)) -> u32 {
        let next = u32::try_from(self.meanings.len()).unwrap_or(u32::MAX);
        let id = *self.trie.entry(word.chars()).get_or_insert(next);
        if id == next {
            self.meanings.push(Meaning::default());
        }
        if let Some(meaning) = self.meanings.get_mut(id as usize) {
            set(meaning);
        }
        id
    }

    /// Adds a substance under its name, with every salt left out, and under its other names.
    pub fn add_substance(&mut self, name: &str) {
        let (base, _) = base_and_salts(name);
        if base.is_empty() {
            return;
        }
        let base_id = self.bases.id(&base);
        for (text, salts) in with_salts_left_out(name) {
            self.add_substance_word(&text, base_id, salts);
        }
        for (word, first) in &words().synonyms {
            if base.contains(first.as_str()) {
                self.add_substance_word(
                    &base.replace(first.as_str(), word),
                    base_id,
                    Salts::default(),
                );
            }
        }
        self.add_substance_word(&base, base_id, Salts::default());
    }

    fn add_substance_word(&mut self, text: &str, base: u32, salts: Salts) {
        let length = text.chars().count();
        if length < 2 || text.chars().all(|c| c.is_ascii_digit()) {
            return;
        }
        let mut new = false;
        let id = self.add(text, |meaning| {
            new = meaning.substance.is_none();
            meaning.substance.get_or_insert((base, salts));
        });
        if new && length >= 3 {
            self.near.add(text, id);
        }
    }

    /// Adds a trade name.
    pub fn add_trade(&mut self, name: &str) {
        if name.chars().count() >= 2 {
            let trade = self.trades.id(name);
            self.add(name, |meaning| meaning.trade = Some(trade));
        }
    }

    /// Adds everything the makers are called.
    pub fn add_makers(&mut self, makers: Makers) {
        for key in makers.keys() {
            let next = u32::try_from(self.meanings.len()).unwrap_or(u32::MAX);
            let id = *self.trie.entry(key.chars()).get_or_insert(next);
            if id == next {
                self.meanings.push(Meaning::default());
            }
            if let Some(meaning) = self.meanings.get_mut(id as usize) {
                meaning.maker = true;
            }
        }
        self.makers = makers;
    }

    /// What a word means.
    pub fn meaning(&self, id: u32) -> Option<&Meaning> {
        self.meanings.get(id as usize)
    }

    /// Every word at the start of a text: its length and id.
    pub fn words_at(&self, text: &[char], mut each: impl FnMut(usize, u32)) {
        self.trie
            .all(text.iter().copied(), |length, id| each(length, *id));
    }

    /// Words the text may be a typing error of.
    pub fn near(&self) -> &Near {
        &self.near
    }

    /// A trade name by itself.
    pub fn trade(&self, name: &str) -> Option<u32> {
        self.trades.ids.get(&normalise(name)).copied()
    }

    /// The text of a base.
    pub fn base_name(&self, id: u32) -> &str {
        self.bases.name(id)
    }

    /// The text of a trade name.
    pub fn trade_name(&self, id: u32) -> &str {
        self.trades.name(id)
    }

    /// How many bases there are.
    pub fn bases(&self) -> usize {
        self.bases.names.len()
    }

    /// How many trade names there are.
    pub fn trades(&self) -> usize {
        self.trades.names.len()
    }
}
