//! The words of distributor files as data: column titles, kinds, document types, units, totals.
//!
//! The lists live in `config/vocabulary`; a company may add its own files of the same names, whose
//! words come first. Not here: how a sheet is searched with these words.

use std::collections::BTreeMap;
use std::fmt;

use channelflow_model::{Field, FlowKind};
use rustc_hash::FxHashMap;
use unicode_normalization::UnicodeNormalization;

use crate::sign::DocClass;
use crate::word_lists::{DocTypeWords, FieldWords, KindWords, UnitWords, Words};

/// Files of the built-in vocabulary, by the name a company's file overrides them with.
const BUILTIN: [(&str, &str); 5] = [
    (
        "headers.toml",
        include_str!("../../../config/vocabulary/headers.toml"),
    ),
    (
        "kinds.toml",
        include_str!("../../../config/vocabulary/kinds.toml"),
    ),
    (
        "doc_types.toml",
        include_str!("../../../config/vocabulary/doc_types.toml"),
    ),
    (
        "units.toml",
        include_str!("../../../config/vocabulary/units.toml"),
    ),
    (
        "words.toml",
        include_str!("../../../config/vocabulary/words.toml"),
    ),
];

/// Rank from which a title is taken only when no other column carries the field.
pub(crate) const LAST: i32 = 4_000;

/// The words distributor files are read by.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    headers: FxHashMap<String, Vec<HeaderWord>>,
    kinds: KindWords,
    /// Longest first, so that `销售退回` is met before `退`.
    doc_types: Vec<(String, Option<DocClass>)>,
    units: Vec<String>,
    words: Words,
    simplified: FxHashMap<char, char>,
}

/// A problem in a vocabulary file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VocabularyProblem {
    /// File name as given.
    pub file: String,
    /// Line, from 1, when it is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub text: String,
}

impl fmt::Display for VocabularyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.text),
            None => write!(f, "{}: {}", self.file, self.text),
        }
    }
}

/// One meaning of a column title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HeaderWord {
    pub(crate) field: Field,
    pub(crate) scope: Scope,
    /// Smaller is preferred.
    pub(crate) rank: i32,
}

/// In which sheets a title has a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Kind(FlowKind),
    Flow,
    Any,
    Composite,
}

impl Scope {
    pub(crate) fn covers(self, kind: FlowKind) -> bool {
        match self {
            Scope::Kind(own) => own == kind,
            Scope::Flow => kind != FlowKind::Inventory,
            Scope::Any | Scope::Composite => true,
        }
    }
}

impl Vocabulary {
    /// The vocabulary the program comes with.
    pub fn builtin() -> Self {
        // The files are compiled in and a test reads them; a broken one would leave its lists empty.
        Self::read(&[]).0
    }

    /// The built-in vocabulary with a company's files of the same names laid over it: their words
    /// are added and come first. Reports the problems of all files together.
    pub fn from_texts(files: &[(&str, &str)]) -> Result<Self, Vec<VocabularyProblem>> {
        let (vocabulary, problems) = Self::read(files);
        if problems.is_empty() {
            Ok(vocabulary)
        } else {
            Err(problems)
        }
    }

    fn read(files: &[(&str, &str)]) -> (Self, Vec<VocabularyProblem>) {
        let mut vocabulary = Vocabulary::default();
        let mut problems = Vec::new();
        let mut titles: Vec<(i32, BTreeMap<String, FieldWords>)> = Vec::new();
        let own = files.iter().map(|file| (*file, -100_000));
        let builtin = BUILTIN.iter().map(|file| (*file, 0));
        for ((file, text), rank) in own.chain(builtin) {
            let read = match file {
                "headers.toml" => toml::from_str(text).map(|words| titles.push((rank, words))),
                "kinds.toml" => toml::from_str(text).map(|words| vocabulary.kinds.add(words)),
                "doc_types.toml" => toml::from_str(text).map(|words| vocabulary.add_docs(words)),
                "units.toml" => toml::from_str(text)
                    .map(|words: UnitWords| vocabulary.units.extend(words.units)),
                "words.toml" => toml::from_str(text).map(|words| vocabulary.words.add(words)),
                _ => {
                    problems.push(VocabularyProblem {
                        file: file.to_owned(),
                        line: None,
                        text: "is no vocabulary file (headers.toml, kinds.toml, doc_types.toml, \
                               units.toml, words.toml)"
                            .to_owned(),
                    });
                    continue;
                }
            };
            if let Err(error) = read {
                let line = error.span().and_then(|span| text.get(..span.start));
                problems.push(VocabularyProblem {
                    file: file.to_owned(),
                    line: line.map(|before| before.matches('\n').count() + 1),
                    text: error.message().to_owned(),
                });
            }
        }
        let Words {
            traditional,
            simplified,
            ..
        } = &vocabulary.words;
        vocabulary.simplified = traditional.chars().zip(simplified.chars()).collect();
        vocabulary
            .doc_types
            .sort_by_key(|(word, _)| std::cmp::Reverse(word.chars().count()));
        vocabulary
            .units
            .sort_by_key(|unit| std::cmp::Reverse(unit.len()));
        for (rank, fields) in titles {
            for (name, words) in fields {
                match name.parse() {
                    Ok(field) => vocabulary.add_titles(field, rank, &words),
                    Err(text) => problems.push(VocabularyProblem {
                        file: "headers.toml".to_owned(),
                        line: None,
                        text,
                    }),
                }
            }
        }
        (vocabulary, problems)
    }

    fn add_titles(&mut self, field: Field, base: i32, words: &FieldWords) {
        let lists = [
            (Scope::Kind(FlowKind::Sale), 0, &words.sale),
            (Scope::Kind(FlowKind::Purchase), 0, &words.purchase),
            (Scope::Kind(FlowKind::Inventory), 0, &words.inventory),
            (Scope::Flow, 1_000, &words.flow),
            (Scope::Any, 2_000, &words.any),
            (Scope::Composite, 3_000, &words.composite),
            (Scope::Kind(FlowKind::Sale), LAST, &words.sale_last),
        ];
        for (scope, offset, list) in lists {
            for (rank, word) in (base + offset..).zip(list) {
                let title = self.title(word);
                self.headers
                    .entry(title)
                    .or_default()
                    .push(HeaderWord { field, scope, rank });
            }
        }
    }

    fn add_docs(&mut self, words: DocTypeWords) {
        let classes = [
            (Some(DocClass::PriceAdjustment), words.price_adjustment),
            (Some(DocClass::Return), words.r#return),
            (Some(DocClass::Return), words.purchase_return),
            (Some(DocClass::Transfer), words.transfer),
            (Some(DocClass::Gift), words.gift),
            (Some(DocClass::StockAdjustment), words.stock_adjustment),
            (None, words.plain),
        ];
        for (class, words) in classes {
            self.doc_types
                .extend(words.into_iter().map(|word| (word, class)));
        }
    }

    /// A column title as it is compared: NFKC, lower case, simplified, without white space, with
    /// one form of brackets, without `*` and `:` at the ends, and with `曰` read as `日`.
    pub(crate) fn title(&self, text: &str) -> String {
        let folded: String = text
            .nfkc()
            .flat_map(char::to_lowercase)
            .filter(|c| !c.is_whitespace() && !c.is_control() && !is_invisible(*c))
            .map(|c| match c {
                '[' | '【' | '〔' | '{' | '「' | '〖' => '(',
                ']' | '】' | '〕' | '}' | '」' | '〗' => ')',
                '曰' => '日',
                c => self.simplified.get(&c).copied().unwrap_or(c),
            })
            .collect();
        folded.trim_matches(['*', ':']).to_owned()
    }

    /// Meanings of a title as normalised by [`title`](Self::title).
    pub(crate) fn title_words(&self, title: &str) -> &[HeaderWord] {
        self.headers.get(title).map_or(&[], Vec::as_slice)
    }

    /// A text with the traditional characters of the vocabulary made simplified, lower case and
    /// without white space.
    pub(crate) fn folded(&self, text: &str) -> String {
        text.nfkc()
            .flat_map(char::to_lowercase)
            .filter(|c| !c.is_whitespace() && !is_invisible(*c))
            .map(|c| self.simplified.get(&c).copied().unwrap_or(c))
            .collect()
    }

    /// Whether a column with this title is about doctors or patients.
    pub(crate) fn is_refused(&self, title: &str) -> bool {
        self.words
            .refused
            .iter()
            .any(|word| title.contains(word.as_str()))
    }

    /// What a document type says, by the longest word found in it.
    pub(crate) fn doc_class(&self, text: &str) -> Option<DocClass> {
        let text = self.folded(text);
        let found = self
            .doc_types
            .iter()
            .find(|(word, _)| text.contains(word.as_str()));
        found.and_then(|(_, class)| *class)
    }

    /// Whether the name of a sheet or a file speaks of returns and of nothing else. A single
    /// character (`退热贴`) is no word there.
    pub(crate) fn names_return(&self, text: &str) -> bool {
        let text = self.folded(text);
        let long = |word: &str| word.chars().count() > 1;
        let found = self
            .doc_types
            .iter()
            .find(|(word, _)| long(word) && text.contains(word.as_str()));
        found.is_some_and(|(_, class)| *class == Some(DocClass::Return))
    }

    /// Whether a title names returned quantities in a column of their own.
    pub(crate) fn is_return_column(&self, title: &str) -> bool {
        let base = title.split('(').next().unwrap_or(title);
        self.words.return_columns.iter().any(|word| word == base)
    }

    /// What a remark says that consists of one document type word and nothing else.
    pub(crate) fn remark_class(&self, text: &str) -> Option<DocClass> {
        let text = self.folded(text);
        let found = self.doc_types.iter().find(|(word, _)| *word == text);
        found.and_then(|(_, class)| *class)
    }

    /// The unit this text is, as the vocabulary writes it.
    pub(crate) fn unit(&self, text: &str) -> Option<&str> {
        let found = self
            .units
            .iter()
            .find(|unit| unit.eq_ignore_ascii_case(text));
        found.map(String::as_str)
    }

    /// Whether a cell says "nothing".
    pub(crate) fn is_placeholder(&self, text: &str) -> bool {
        text.is_empty()
            || (text.chars().count() <= 8
                && self
                    .words
                    .placeholders
                    .iter()
                    .any(|word| word.eq_ignore_ascii_case(text)))
    }

    pub(crate) fn kinds(&self) -> &KindWords {
        &self.kinds
    }

    pub(crate) fn words(&self) -> &Words {
        &self.words
    }
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{ad}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_builtin_files_are_sound() {
        let (vocabulary, problems) = Vocabulary::read(&[]);
        assert_eq!(problems, []);
        let words = &vocabulary.words;
        assert_eq!(
            words.traditional.chars().count(),
            words.simplified.chars().count()
        );
        for field in Field::ALL {
            let named = vocabulary
                .headers
                .values()
                .flatten()
                .any(|word| word.field == *field);
            assert!(named, "no title for `{field}`");
        }
    }

    #[test]
    fn titles_meet_whatever_their_width_brackets_and_script() {
        let vocabulary = Vocabulary::builtin();
        for (text, title) in [
            (" 客户\n名称：", "客户名称"),
            ("＊数量【盒】", "数量(盒)"),
            ("記账曰期", "记账日期"),
            ("客戶名稱", "客户名称"),
            ("GoodsName", "goodsname"),
        ] {
            assert_eq!(vocabulary.title(text), title);
        }
        let kinds = |title: &str| vocabulary.title_words(title).len();
        assert_eq!((kinds("goodsname"), kinds("税率")), (1, 0));
    }

    #[test]
    fn a_company_adds_words_that_come_first() {
        let own = [("headers.toml", "[quantity]\nany = [\"件数\"]\n")];
        let vocabulary = Vocabulary::from_texts(&own).unwrap();
        let [word] = vocabulary.title_words("件数") else {
            panic!("one meaning");
        };
        assert_eq!(word.field, Field::Quantity);
        assert!(word.rank < vocabulary.title_words("数量")[0].rank);
    }

    #[test]
    fn problems_of_all_files_are_reported_together() {
        let problems = Vocabulary::from_texts(&[
            ("units.toml", "units = [\"盒\"]\n\nunit = 1\n"),
            ("headers.toml", "[colour]\nany = [\"颜色\"]\n"),
            ("colours.toml", ""),
        ])
        .unwrap_err();
        let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(shown.len(), 3, "{shown:?}");
        assert!(
            shown[0].starts_with("units.toml:3: unknown field `unit`"),
            "{}",
            shown[0]
        );
        assert!(
            shown[1].starts_with("colours.toml: is no vocabulary file"),
            "{}",
            shown[1]
        );
        assert_eq!(shown[2], "headers.toml: `colour` is not a field");
    }

    #[test]
    fn document_types_are_told_by_their_longest_word() {
        let vocabulary = Vocabulary::builtin();
        for (text, class) in [
            ("销售出库", None),
            ("批发销售退回单", Some(DocClass::Return)),
            ("退补价", Some(DocClass::PriceAdjustment)),
            ("购进退出", Some(DocClass::Return)),
            ("销售/退回", None),
            ("銷售退貨", Some(DocClass::Return)),
            ("调拨出库", Some(DocClass::Transfer)),
            ("赠品", Some(DocClass::Gift)),
            ("盘亏", Some(DocClass::StockAdjustment)),
        ] {
            assert_eq!(vocabulary.doc_class(text), class, "{text}");
        }
        assert_eq!(vocabulary.remark_class("客户要求退货"), None);
        assert_eq!(vocabulary.remark_class("退货"), Some(DocClass::Return));
    }
}
