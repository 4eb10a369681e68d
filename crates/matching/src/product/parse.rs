//! A product name taken apart, from the columns it comes in: licence numbers, substance and salts,
//! trade name, form, spec, maker, variants, and what nothing explains.

use crate::product::approval::{Approval, read_approvals};
use crate::product::generic::Salts;
use crate::product::lexicon::{Lexicon, Meaning};
use crate::product::maker::Tie;
use crate::product::near::Typo;
use crate::product::pieces::{Cutter, Piece};
use crate::product::spec::Spec;
use crate::product::spec_text::read_spec;
use crate::product::words::{FormId, words};
use crate::product::{ProductQuery, Scratch};
use crate::text::normalise;
use crate::verdict::Agreement;

/// What a name says, part by part.
#[derive(Debug, Clone, Default)]
pub struct Parsed {
    /// Licence numbers.
    pub approvals: Vec<Approval>,
    /// The substance; several when a typing error leaves it open.
    pub bases: Vec<u32>,
    /// How it was mistyped.
    pub base_typo: Option<Typo>,
    /// Its salts.
    pub salts: Salts,
    /// Trade names.
    pub trades: Vec<u32>,
    /// A trade name was given that the master does not have.
    pub strange_trade: bool,
    /// The form; several when a typing error leaves it open.
    pub forms: Vec<FormId>,
    /// It was mistyped.
    pub form_typo: bool,
    /// It comes from a column of its own and may only name the family.
    pub form_coarse: bool,
    /// Strength and pack.
    pub spec: Spec,
    /// The makers it can mean.
    pub makers: Vec<(u32, Tie)>,
    /// A maker is named, known or not.
    pub maker_text: String,
    /// Variants, one bit each.
    pub variants: u32,
    /// Content nothing explains.
    pub residue: String,
}

/// Which column a text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Name,
    Spec,
}

impl Parsed {
    /// Takes a record or a reported name apart.
    pub fn read(query: &ProductQuery, lexicon: &Lexicon, scratch: &mut Scratch) -> Self {
        let mut parsed = Parsed::default();
        let cutter = &mut scratch.cutter;
        if !query.approval_no.is_empty() {
            let text: Vec<char> = flat(&query.approval_no).collect();
            parsed.approvals = read_approvals(&text, &mut Vec::new());
        }
        // The substance column is the surer one; the name adds form, trade and the rest.
        let mut spec = Spec::default();
        if !query.generic_name.is_empty() {
            parsed.read_text(
                &query.generic_name,
                Column::Name,
                lexicon,
                cutter,
                &mut spec,
            );
        }
        if !query.name.is_empty() && query.name != query.generic_name {
            parsed.read_text(&query.name, Column::Name, lexicon, cutter, &mut spec);
        }
        for text in [&query.spec, &query.pack] {
            if !text.is_empty() {
                let mut own = Spec::default();
                parsed.read_text(text, Column::Spec, lexicon, cutter, &mut own);
                spec = merged(spec, own);
            }
        }
        parsed.spec = spec;
        parsed.read_trade(&query.trade_name, lexicon, cutter);
        if parsed.forms.is_empty() && !query.form.is_empty() {
            parsed.read_form_column(&query.form, lexicon, cutter);
        }
        if !query.maker.is_empty() {
            parsed.makers.clear();
            lexicon.makers.resolve(&query.maker, &mut parsed.makers);
            parsed.maker_text.clone_from(&query.maker);
        }
        parsed
    }

    fn read_text(
        &mut self,
        text: &str,
        column: Column,
        lexicon: &Lexicon,
        cutter: &mut Cutter,
        spec: &mut Spec,
    ) {
        cutter.load(flat(text));
        let mut spans = Vec::new();
        if column == Column::Name {
            for approval in read_approvals(&cutter.text, &mut spans) {
                if !self.approvals.contains(&approval) {
                    self.approvals.push(approval);
                }
            }
            for (from, to) in &spans {
                cutter.release(*from, *to);
                if let Some(stretch) = cutter.text.get_mut(*from..*to) {
                    stretch.fill(' ');
                }
            }
            spans.clear();
        }
        let own = read_spec(&cutter.text, &mut spans);
        for (from, to) in spans {
            cutter.release(from, to);
        }
        *spec = merged(std::mem::take(spec), own);
        cutter.cut(lexicon, |_, _, _| true);
        if !cutter.residue.is_empty() {
            cutter.repair(lexicon);
        }
        self.collect(lexicon, cutter);
    }

    /// Adds up the words of a cut text.
    fn collect(&mut self, lexicon: &Lexicon, cutter: &Cutter) {
        let mut forms: Vec<(FormId, bool)> = Vec::new();
        for piece in &cutter.pieces {
            let Some(meaning) = lexicon.meaning(piece.word) else {
                continue;
            };
            let text = cutter.text.get(piece.start..piece.end).unwrap_or_default();
            if let Some((base, salts)) = meaning.substance {
                self.substance(base, salts, piece, text);
            } else if let Some(trade) = meaning.trade {
                if !self.trades.contains(&trade) {
                    self.trades.push(trade);
                }
            } else if meaning.maker {
                self.maker(text, lexicon);
            } else if let Some(form) = meaning.form {
                forms.push((form, piece.typo.is_some()));
            } else {
                self.small_words(meaning);
            }
        }
        self.doubtful(lexicon, cutter);
        for (form, typo) in forms {
            self.form_typo |= typo;
            self.form(form);
        }
        for (from, to) in &cutter.residue {
            if !left_open(lexicon, cutter, *from, *to) {
                self.residue
                    .extend(cutter.text.get(*from..*to).unwrap_or_default());
            }
        }
    }

    fn substance(&mut self, base: u32, salts: Salts, piece: &Piece, text: &[char]) {
        if self.bases.is_empty() {
            self.bases.push(base);
            self.base_typo = piece.typo;
        } else if !self.bases.contains(&base) {
            // A second substance that is no combination the master knows.
            self.residue.extend(text);
        }
        self.salts = self.salts.and(salts);
    }

    fn maker(&mut self, text: &[char], lexicon: &Lexicon) {
        let first = self.maker_text.is_empty();
        if !first {
            self.maker_text.push(' ');
        }
        let start = self.maker_text.len();
        self.maker_text.extend(text);
        let mut found = Vec::new();
        lexicon
            .makers
            .resolve(self.maker_text.get(start..).unwrap_or_default(), &mut found);
        if first {
            self.makers = found;
        } else {
            // Two makers in one text: only what both can mean.
            self.makers
                .retain(|(id, _)| found.iter().any(|(other, _)| other == id));
        }
    }

    fn small_words(&mut self, meaning: &Meaning) {
        if let Some(salts) = meaning.salt {
            self.salts = self.salts.and(salts);
        }
        if let Some(variant) = meaning.variant {
            self.variants |= 1_u32.checked_shl(u32::from(variant)).unwrap_or(0);
        }
    }

    /// Words a stretch may have been meant to be: enough to propose candidates, not to accept one.
    fn doubtful(&mut self, lexicon: &Lexicon, cutter: &Cutter) {
        for piece in &cutter.doubtful {
            let Some(meaning) = lexicon.meaning(piece.word) else {
                continue;
            };
            match (meaning.substance, meaning.form) {
                (Some((base, _)), _) if !self.bases.contains(&base) => {
                    self.bases.push(base);
                    self.base_typo = piece.typo;
                }
                (None, Some(form)) => {
                    self.form_typo = true;
                    if !self.forms.contains(&form) {
                        self.forms.push(form);
                    }
                }
                _ => {}
            }
        }
    }

    /// Adds a form: 缓释 and 胶囊 make 缓释胶囊; two that exclude each other are unexplained.
    fn form(&mut self, form: FormId) {
        let words = words();
        match self.forms.as_slice() {
            [] => self.forms.push(form),
            [known] if *known == form => {}
            [known] => {
                let known = *known;
                if let Some(joined) = words.joined(known, form) {
                    self.forms = vec![joined];
                } else if words.form(form).is_some_and(|form| form.any)
                    && words.may_be_same_form(known, form)
                {
                } else if words.may_be_same_form(known, form) {
                    self.forms = vec![form];
                } else {
                    self.residue.push_str(
                        words
                            .form(form)
                            .and_then(|f| f.words.first())
                            .map_or("", String::as_str),
                    );
                }
            }
            _ => self.forms = vec![form],
        }
    }

    fn read_form_column(&mut self, text: &str, lexicon: &Lexicon, cutter: &mut Cutter) {
        cutter.load(flat(text));
        cutter.cut(lexicon, |_, _, _| true);
        for piece in &cutter.pieces {
            let Some(meaning) = lexicon.meaning(piece.word) else {
                continue;
            };
            if let Some(form) = meaning.form {
                self.form(form);
            }
        }
        self.form_coarse = true;
    }

    fn read_trade(&mut self, text: &str, lexicon: &Lexicon, cutter: &mut Cutter) {
        if text.is_empty() {
            return;
        }
        if let Some(trade) = lexicon.trade(text) {
            if !self.trades.contains(&trade) {
                self.trades.push(trade);
            }
            return;
        }
        let known = self.trades.len();
        cutter.load(flat(text));
        cutter.cut(lexicon, |_, _, _| true);
        for piece in &cutter.pieces {
            if let Some(trade) = lexicon
                .meaning(piece.word)
                .and_then(|meaning| meaning.trade)
                && !self.trades.contains(&trade)
            {
                self.trades.push(trade);
            }
        }
        self.strange_trade = self.trades.len() == known && !cutter.residue.is_empty();
    }
}

/// Whether a stretch is one of several forms by a typing error: which one, the row decides.
fn left_open(lexicon: &Lexicon, cutter: &Cutter, from: usize, to: usize) -> bool {
    let mut near = cutter
        .doubtful
        .iter()
        .filter(|piece| piece.start <= from && to <= piece.end)
        .peekable();
    let is_form = |piece: &Piece| {
        lexicon
            .meaning(piece.word)
            .is_some_and(|meaning| meaning.substance.is_none() && meaning.form.is_some())
    };
    near.peek().is_some() && near.all(is_form)
}

/// Specs from two places: what only one says is taken; a contradiction is remembered.
fn merged(a: Spec, b: Spec) -> Spec {
    if a.is_empty() {
        return b;
    }
    if b.is_empty() {
        return a;
    }
    let found = a.agreement(&b);
    let contradicts =
        [found.strength, found.volume, found.pack].contains(&Some(Agreement::Conflict));
    Spec {
        odd: a.odd || b.odd || contradicts,
        amounts: if a.amounts.is_empty() {
            b.amounts
        } else {
            a.amounts
        },
        total: a.total.or(b.total),
        count: a.count.or(b.count),
        piece: a.piece.or(b.piece),
    }
}

/// A text as it is cut: normalised, blanks kept as one, multiplication signs as `*`.
pub fn flat(text: &str) -> impl Iterator<Item = char> {
    let mut out: Vec<char> = Vec::with_capacity(text.len() / 2);
    for part in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(normalise(part).chars().map(|c| match c {
            '×' | '✕' | '✖' | '∗' | '╳' | '⨯' => '*',
            'μ' | 'µ' => 'u',
            '∶' | '﹕' => ':',
            '∕' | '\\' => '/',
            '，' => ',',
            '；' => ';',
            c => c,
        }));
    }
    let hanzi = |at: Option<usize>| {
        at.and_then(|at| out.get(at))
            .is_some_and(|c| matches!(c, '\u{4e00}'..='\u{9fff}' | 'α'..='ω'))
    };
    let piece = |at: usize| {
        let is_piece = |c: &char| {
            let mut buffer = [0; 4];
            let word: &str = c.encode_utf8(&mut buffer);
            words().pieces.contains(word) || words().cases.contains(word)
        };
        out.get(at).is_some_and(is_piece)
    };
    let joins = |at: usize, c: char| {
        let between = hanzi(at.checked_sub(1)) && hanzi(Some(at + 1));
        between
            && (matches!(c, '·' | '・' | '、' | '-') || (matches!(c, '/' | '+') && !piece(at + 1)))
    };
    let keep: Vec<bool> = out
        .iter()
        .enumerate()
        .map(|(at, c)| !joins(at, *c))
        .collect();
    let mut keep = keep.into_iter();
    out.retain(|_| keep.next().unwrap_or(true));
    out.into_iter()
}
