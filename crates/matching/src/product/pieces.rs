//! Cutting a text into known words: the cut that explains most characters with fewest words, and
//! typing errors next to what stays unexplained. What the words add up to is `parse`.

use crate::product::lexicon::{Lexicon, Meaning};
use crate::product::near::Typo;

/// A word in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// First character.
    pub start: usize,
    /// After the last one.
    pub end: usize,
    /// Its id in the lexicon.
    pub word: u32,
    /// Set when the text has the word with a typing error.
    pub typo: Option<Typo>,
}

/// A text being cut; the buffers are kept from one to the next.
#[derive(Debug, Clone, Default)]
pub struct Cutter {
    /// The text.
    pub text: Vec<char>,
    /// Characters that need no word: specs, licence numbers, punctuation.
    pub free: Vec<bool>,
    /// The words found, in order.
    pub pieces: Vec<Piece>,
    /// Characters nothing explains: from, to.
    pub residue: Vec<(usize, usize)>,
    /// Several words a stretch may be a typing error of.
    pub doubtful: Vec<Piece>,
    best: Vec<(i32, usize, u32)>,
}

/// Word id of a character that no word covers.
const NO_WORD: u32 = u32::MAX;

impl Cutter {
    /// Takes a text in; everything but content characters is free.
    pub fn load(&mut self, text: impl Iterator<Item = char>) {
        self.text.clear();
        self.text.extend(text);
        self.free.clear();
        self.free
            .extend(self.text.iter().map(|c| !c.is_alphanumeric()));
    }

    /// Marks a stretch as explained.
    pub fn release(&mut self, from: usize, to: usize) {
        if let Some(free) = self.free.get_mut(from..to) {
            free.fill(true);
        }
    }

    /// Cuts the text. `use_form` says whether a word that is a dosage form may stand where it does.
    pub fn cut(&mut self, lexicon: &Lexicon, use_form: impl Fn(&[char], usize, usize) -> bool) {
        let length = self.text.len();
        self.best.clear();
        self.best.resize(length + 1, (i32::MIN, 0, NO_WORD));
        if let Some(first) = self.best.first_mut() {
            *first = (0, 0, NO_WORD);
        }
        for at in 0..length {
            let (score, ..) = self.best.get(at).copied().unwrap_or_default();
            let free = self.free.get(at).copied().unwrap_or(true);
            improve(&mut self.best, at + 1, score, at, NO_WORD);
            let c = self.text.get(at).copied().unwrap_or(' ');
            if free && c.is_alphanumeric() {
                continue;
            }
            let (text, free, best) = (&self.text, &self.free, &mut self.best);
            lexicon.words_at(text.get(at..).unwrap_or_default(), |word_length, word| {
                let end = at + word_length;
                if !whole_word(text, at, end) || overlaps(text, free, at, end) {
                    return;
                }
                let Some(meaning) = lexicon.meaning(word) else {
                    return;
                };
                if !stands_right(meaning, text, at, end, &use_form) {
                    return;
                }
                let value = value(meaning, word_length);
                improve(best, end, score + value, at, word);
            });
        }
        self.pieces.clear();
        self.doubtful.clear();
        let mut end = length;
        while end > 0 {
            let (_, start, word) = self.best.get(end).copied().unwrap_or_default();
            if word != NO_WORD {
                self.pieces.push(Piece {
                    start,
                    end,
                    word,
                    typo: None,
                });
            }
            end = start.min(end - 1);
        }
        self.pieces.reverse();
        self.drop_unanchored(lexicon);
        self.find_residue();
    }

    /// Salts and company words explain nothing unless they touch what they belong to.
    fn drop_unanchored(&mut self, lexicon: &Lexicon) {
        let mut anchored: Vec<bool> = Vec::with_capacity(self.pieces.len());
        let meaning = |piece: &Piece| lexicon.meaning(piece.word);
        for piece in &self.pieces {
            anchored.push(meaning(piece).is_some_and(stands_alone));
        }
        let count = self.pieces.len();
        for at in (0..count).chain((0..count).rev()) {
            let Some(piece) = self.pieces.get(at).copied() else {
                continue;
            };
            if anchored.get(at) != Some(&false) {
                continue;
            }
            let Some(own) = meaning(&piece) else { continue };
            let touches = |other: usize| {
                let Some(other_piece) = self.pieces.get(other) else {
                    return false;
                };
                let near = other_piece.end == piece.start || other_piece.start == piece.end;
                let kind = meaning(other_piece).is_some_and(|other| {
                    (own.salt.is_some() && (other.substance.is_some() || other.salt.is_some()))
                        || (own.company && (other.maker || other.company))
                });
                near && kind && anchored.get(other) == Some(&true)
            };
            let is_anchored = touches(at + 1) || at.checked_sub(1).is_some_and(touches);
            if let Some(anchored) = anchored.get_mut(at) {
                *anchored = is_anchored;
            }
        }
        let mut anchored = anchored.into_iter();
        self.pieces.retain(|_| anchored.next().unwrap_or(true));
    }

    /// The stretches of content no piece covers.
    pub fn find_residue(&mut self) {
        self.residue.clear();
        let mut pieces = self.pieces.iter().peekable();
        let mut open: Option<usize> = None;
        let mut at = 0;
        while at < self.text.len() {
            if let Some(piece) = pieces.peek()
                && piece.start <= at
            {
                if let Some(start) = open.take() {
                    self.residue.push((start, at));
                }
                at = piece.end.max(at);
                pieces.next();
                continue;
            }
            match (self.free.get(at).copied().unwrap_or(true), open) {
                (true, Some(start)) => {
                    self.residue.push((start, at));
                    open = None;
                }
                (false, None) => open = Some(at),
                _ => {}
            }
            at += 1;
        }
        if let Some(start) = open {
            self.residue.push((start, self.text.len()));
        }
    }

    /// Explains residue as typing errors: a stretch, with the words beside it, that is one error
    /// away from a word. Where several words of different meaning are near, it stays residue and
    /// they are kept as doubtful.
    pub fn repair(&mut self, lexicon: &Lexicon) {
        let mut runs = std::mem::take(&mut self.residue);
        for (start, end) in runs.drain(..) {
            let hits = self.hits(lexicon, start, end);
            let Some(first) = hits.first().copied() else {
                continue;
            };
            let agree = hits
                .iter()
                .all(|hit| same_meaning(lexicon, hit.word, first.word));
            if agree {
                self.pieces
                    .retain(|piece| piece.end <= first.start || piece.start >= first.end);
                let at = self
                    .pieces
                    .iter()
                    .position(|piece| piece.start >= first.end);
                self.pieces.insert(at.unwrap_or(self.pieces.len()), first);
            } else {
                self.doubtful.extend(hits);
            }
        }
        self.residue = runs;
        if !self.pieces.is_empty() {
            self.find_residue();
        }
    }

    /// Where unexplained content that ends (or begins) at a position begins (or ends).
    fn residue_beside(&self, at: usize, before: bool) -> Option<usize> {
        let piece_over = |at: usize| {
            self.pieces
                .iter()
                .any(|piece| (piece.start..piece.end).contains(&at))
        };
        let open = |at: usize| self.free.get(at) == Some(&false) && !piece_over(at);
        let mut edge = at;
        if before {
            while edge.checked_sub(1).is_some_and(open) {
                edge -= 1;
            }
        } else {
            while open(edge) {
                edge += 1;
            }
        }
        (edge != at).then_some(edge)
    }

    /// The best words near a stretch or near it and its neighbours; one error kind only, sounds first.
    fn hits(&self, lexicon: &Lexicon, start: usize, end: usize) -> Vec<Piece> {
        let before = |at: usize| self.pieces.iter().rfind(|piece| piece.end == at);
        let after = |at: usize| self.pieces.iter().find(|piece| piece.start == at);
        let run_from = |at: usize| self.residue_beside(at, true);
        let run_to = |at: usize| self.residue_beside(at, false);
        let mut starts = [Some(start), None, None, None];
        starts[1] = before(start).map(|piece| piece.start);
        starts[2] = starts[1].and_then(before).map(|piece| piece.start);
        starts[3] = starts[1].and_then(run_from);
        let mut ends = [Some(end), None, None, None];
        ends[1] = after(end).map(|piece| piece.end);
        ends[2] = ends[1].and_then(after).map(|piece| piece.end);
        ends[3] = ends[1].and_then(run_to);
        let has_substance = |from: usize, to: usize| {
            let outside = |piece: &&Piece| piece.end <= from || piece.start >= to;
            let mut others = self.pieces.iter().filter(outside);
            others.any(|piece| {
                lexicon
                    .meaning(piece.word)
                    .is_some_and(|meaning| meaning.substance.is_some())
            })
        };
        let mut hits: Vec<Piece> = Vec::new();
        for from in starts.into_iter().flatten() {
            for to in ends.into_iter().flatten() {
                let Some(window) = self.text.get(from..to).filter(|w| w.len() <= 30) else {
                    continue;
                };
                let known = has_substance(from, to);
                lexicon.near().find(window, |word, typo| {
                    let Some(meaning) = lexicon.meaning(word) else {
                        return;
                    };
                    let fits = if meaning.substance.is_some() {
                        !known
                    } else {
                        meaning.form.is_some()
                    };
                    if fits {
                        hits.push(Piece {
                            start: from,
                            end: to,
                            word,
                            typo: Some(typo),
                        });
                    }
                });
            }
        }
        let rank = |piece: &Piece| {
            let substance = lexicon
                .meaning(piece.word)
                .is_some_and(|m| m.substance.is_some());
            (!substance, piece.typo != Some(Typo::Sound))
        };
        let best = hits.iter().map(rank).min();
        hits.retain(|hit| Some(rank(hit)) == best);
        // The longer the stretch that is one error away, the surer the word.
        let longest = hits.iter().map(|hit| hit.end - hit.start).max();
        hits.retain(|hit| Some(hit.end - hit.start) == longest);
        hits
    }
}

fn improve(best: &mut [(i32, usize, u32)], at: usize, score: i32, from: usize, word: u32) {
    if let Some(known) = best.get_mut(at)
        && score > known.0
    {
        *known = (score, from, word);
    }
}

/// Characters explained, less for the words that explain little by themselves.
fn value(meaning: &Meaning, length: usize) -> i32 {
    let length = i32::try_from(length).unwrap_or(0);
    let strong = meaning.substance.is_some() || meaning.form.is_some() || meaning.maker;
    length * 10 - if strong { 3 } else { 4 }
}

/// A Latin word must not be cut out of a longer one.
fn whole_word(text: &[char], start: usize, end: usize) -> bool {
    let latin = |at: Option<usize>| {
        at.and_then(|at| text.get(at))
            .is_some_and(char::is_ascii_alphanumeric)
    };
    let joined_before = latin(Some(start)) && latin(start.checked_sub(1));
    let joined_after = latin(end.checked_sub(1)) && latin(Some(end));
    !joined_before && !joined_after
}

/// A word must not run through a spec or a licence number.
fn overlaps(text: &[char], free: &[bool], start: usize, end: usize) -> bool {
    let claimed = |at: usize| {
        free.get(at) == Some(&true) && text.get(at).is_some_and(|c| c.is_alphanumeric())
    };
    (start..end).any(claimed)
}

/// Whether a word may mean what it means where it stands: remarks and variants close a stretch,
/// a remark of one character fills it.
fn stands_right(
    meaning: &Meaning,
    text: &[char],
    start: usize,
    end: usize,
    use_form: impl Fn(&[char], usize, usize) -> bool,
) -> bool {
    if meaning.substance.is_some() || meaning.maker || meaning.trade.is_some() {
        return true;
    }
    let content = |at: Option<usize>| {
        at.and_then(|at| text.get(at))
            .is_some_and(|c| c.is_alphanumeric())
    };
    if meaning.form.is_some() {
        return use_form(text, start, end);
    }
    if meaning.remark || meaning.variant.is_some() {
        let open = content(Some(end)) || (end == start + 1 && content(start.checked_sub(1)));
        let latin = text.get(start).is_some_and(char::is_ascii_alphanumeric);
        return !open || (latin && !content(Some(end)));
    }
    true
}

fn stands_alone(meaning: &Meaning) -> bool {
    meaning.substance.is_some()
        || meaning.trade.is_some()
        || meaning.maker
        || meaning.form.is_some()
        || meaning.remark
        || meaning.variant.is_some()
}

fn same_meaning(lexicon: &Lexicon, a: u32, b: u32) -> bool {
    match (lexicon.meaning(a), lexicon.meaning(b)) {
        (Some(a), Some(b)) => match (a.substance, b.substance) {
            (Some(a), Some(b)) => a.0 == b.0,
            (None, None) => a.form == b.form,
            _ => false,
        },
        _ => false,
    }
}
