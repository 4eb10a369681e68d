//! Decides of which kind a sheet is: by the words of its name, its title and its file, checked
//! against the columns it has; by the columns alone when no word says it. Contradiction is an
//! answer too: such a sheet is left for a person.

use channelflow_model::{Field, FlowKind};

use crate::header::Header;
use crate::meaning::{self, Meaning};
use crate::vocabulary::Vocabulary;

/// Why no kind was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoKind {
    /// Several kinds fit, or words and columns contradict each other.
    Ambiguous,
    /// The words say this kind, but key columns of it are missing.
    Missing(FlowKind, Vec<Field>),
    /// A person named one kind, the sheet names another.
    Differs { told: FlowKind, named: FlowKind },
}

/// What is known about a sheet beside its columns.
pub(crate) struct Clues<'a> {
    pub(crate) told: Option<FlowKind>,
    pub(crate) sheet: &'a str,
    pub(crate) titles: &'a [String],
    /// Name inside an archive first, then the file's own name.
    pub(crate) files: &'a [&'a str],
}

impl Clues<'_> {
    /// Titles without a label: `采购员：张三` speaks about something else.
    pub(crate) fn plain_titles(&self) -> Vec<&str> {
        let titles = self.titles.iter().map(String::as_str);
        titles
            .filter(|title| !title.contains([':', '：']))
            .collect()
    }
}

/// The kind, or why there is none. `sections` says that party names stand between the lines.
pub(crate) fn decide(
    header: &Header,
    clues: &Clues<'_>,
    sections: bool,
    vocabulary: &Vocabulary,
) -> Result<FlowKind, NoKind> {
    let meanings =
        FlowKind::ALL.map(|kind| (kind, meaning::meaning(&header.titles, kind, vocabulary)));
    let missing = |wanted: FlowKind| -> Vec<Field> {
        let meaning = meanings.iter().find(|(kind, _)| *kind == wanted);
        meaning.map_or(Vec::new(), |(kind, meaning)| {
            missing_keys(*kind, meaning, sections)
        })
    };
    let evidence = |wanted: FlowKind| {
        let meaning = meanings.iter().find(|(kind, _)| *kind == wanted);
        meaning.map_or(0, |(_, meaning)| meaning.evidence)
    };
    let by_sheet = named(&[clues.sheet], vocabulary);
    if let Some(told) = clues.told {
        if let Some(named) = by_sheet.filter(|named| *named != told) {
            return Err(NoKind::Differs { told, named });
        }
        let missing = missing(told);
        return if missing.is_empty() {
            Ok(told)
        } else {
            Err(NoKind::Missing(told, missing))
        };
    }
    let word = by_words(clues, vocabulary);
    let by_columns = by_columns(&meanings, sections);
    match (word, by_columns) {
        (Some(word), Some(columns)) if word != columns && evidence(word) == 0 => {
            // The words stand on the file only: a book called 流向 may hold a stock sheet. But what
            // is called a purchase and names customers may be the supplier's sale to this distributor:
            // loaded as a sale it would take the place of the distributor's own.
            let mirrored = (word, columns) == (FlowKind::Purchase, FlowKind::Sale);
            if missing(word).is_empty() || by_sheet.is_some() || mirrored {
                Err(NoKind::Ambiguous)
            } else {
                Ok(columns)
            }
        }
        (Some(word), _) => {
            let missing = missing(word);
            if missing.is_empty() {
                Ok(word)
            } else {
                Err(NoKind::Missing(word, missing))
            }
        }
        (None, Some(columns)) => Ok(columns),
        (None, None) => Err(NoKind::Ambiguous),
    }
}

/// The kind that a person, the sheet's name, its title or its file names, in this order.
pub(crate) fn by_words(clues: &Clues<'_>, vocabulary: &Vocabulary) -> Option<FlowKind> {
    let titles = clues.plain_titles();
    clues
        .told
        .or_else(|| named(&[clues.sheet], vocabulary))
        .or_else(|| named(&titles, vocabulary))
        .or_else(|| {
            clues
                .files
                .iter()
                .find_map(|file| named(&[file], vocabulary))
        })
}

/// The one kind with key columns and the most titles of its own.
fn by_columns(meanings: &[(FlowKind, Meaning)], sections: bool) -> Option<FlowKind> {
    let fitting: Vec<(FlowKind, usize)> = meanings
        .iter()
        .filter(|(kind, meaning)| missing_keys(*kind, meaning, sections).is_empty())
        .map(|(kind, meaning)| (*kind, meaning.evidence))
        .collect();
    let most = fitting
        .iter()
        .map(|(_, evidence)| *evidence)
        .max()
        .filter(|most| *most > 0)?;
    let mut best = fitting.iter().filter(|(_, evidence)| *evidence == most);
    match (best.next(), best.next()) {
        (Some((kind, _)), None) => Some(*kind),
        _ => None,
    }
}

/// Key columns a sheet of this kind lacks.
pub(crate) fn missing_keys(kind: FlowKind, meaning: &Meaning, sections: bool) -> Vec<Field> {
    Field::ALL
        .iter()
        .copied()
        .filter(|field| field.is_key(kind) && !meaning.has(*field))
        .filter(|field| !(sections && *field == Field::PartyName))
        .collect()
}

/// The one kind these texts name together.
pub(crate) fn named(texts: &[&str], vocabulary: &Vocabulary) -> Option<FlowKind> {
    let words = vocabulary.kinds();
    let mut all: Vec<(&str, Option<FlowKind>)> = Vec::new();
    all.extend(
        words
            .sale
            .iter()
            .map(|word| (word.as_str(), Some(FlowKind::Sale))),
    );
    all.extend(
        words
            .purchase
            .iter()
            .map(|word| (word.as_str(), Some(FlowKind::Purchase))),
    );
    all.extend(
        words
            .inventory
            .iter()
            .map(|word| (word.as_str(), Some(FlowKind::Inventory))),
    );
    all.extend(words.several.iter().map(|word| (word.as_str(), None)));
    all.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));

    let mut found: Option<FlowKind> = None;
    for text in texts {
        let text = vocabulary.folded(text);
        let mut rest = text.as_str();
        while let Some(first) = rest.chars().next() {
            let Some((word, kind)) = all.iter().find(|(word, _)| rest.starts_with(word)) else {
                rest = rest.get(first.len_utf8()..).unwrap_or("");
                continue;
            };
            match (*kind, found) {
                (None, _) => return None,
                (Some(kind), Some(before)) if kind != before => return None,
                (Some(kind), _) => found = Some(kind),
            }
            rest = rest.get(word.len()..).unwrap_or("");
        }
    }
    found
}

/// Whether a sheet's name says that it only sums up other sheets.
pub(crate) fn is_summary(sheet: &str, vocabulary: &Vocabulary) -> bool {
    let sheet = vocabulary.folded(sheet);
    vocabulary
        .kinds()
        .summary
        .iter()
        .any(|word| sheet.contains(word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALE: &[&str] = &["日期", "客户名称", "商品名称", "数量"];
    const PURCHASE: &[&str] = &["入库日期", "供应商名称", "商品名称", "入库数量"];
    const STOCK: &[&str] = &["商品名称", "批号", "库存数量"];
    const OPEN: &[&str] = &["日期", "单位名称", "商品名称", "数量"];

    fn kind(file: &str, sheet: &str, told: Option<FlowKind>, titles: &[&str]) -> String {
        let vocabulary = Vocabulary::builtin();
        let header = Header {
            first_row: 0,
            rows: 1,
            titles: titles.iter().map(|title| vocabulary.title(title)).collect(),
        };
        let clues = Clues {
            told,
            sheet,
            titles: &[],
            files: &[file],
        };
        match decide(&header, &clues, false, &vocabulary) {
            Ok(kind) => kind.to_string(),
            Err(NoKind::Ambiguous) => "ambiguous".to_owned(),
            Err(NoKind::Missing(kind, fields)) => format!("{kind} lacks {fields:?}"),
            Err(NoKind::Differs { told, named }) => format!("told {told}, named {named}"),
        }
    }

    #[test]
    fn words_then_columns() {
        for (file, sheet, titles, expected) in [
            ("a.csv", "-", SALE, "sale"),
            ("a.csv", "-", PURCHASE, "purchase"),
            ("a.csv", "-", STOCK, "inventory"),
            ("a.csv", "-", OPEN, "ambiguous"),
            ("1月采购.csv", "-", OPEN, "purchase"),
            ("1月流向.csv", "-", OPEN, "sale"),
            ("進銷存.xls", "採購", OPEN, "purchase"),
            ("进销存202601.xls", "Sheet1", OPEN, "ambiguous"),
            ("1月流向.xls", "采购入库", PURCHASE, "purchase"),
            // The file's name does not overrule the columns of a sheet that cannot be a sale …
            ("1月流向.xls", "Sheet2", STOCK, "inventory"),
            // … and a contradiction is not decided.
            ("1月库存.xls", "Sheet1", SALE, "ambiguous"),
            ("1月采购.xls", "Sheet1", SALE, "ambiguous"),
            ("1月流向.xls", "Sheet1", PURCHASE, "purchase"),
            ("a.xls", "销售", STOCK, "ambiguous"),
            (
                "a.xls",
                "销售",
                &["日期", "商品名称", "数量"],
                "sale lacks [PartyName]",
            ),
        ] {
            assert_eq!(
                kind(file, sheet, None, titles),
                expected,
                "{file} {sheet} {titles:?}"
            );
        }
    }

    #[test]
    fn a_person_knows_better_unless_the_sheet_says_otherwise() {
        let told = Some(FlowKind::Purchase);
        assert_eq!(kind("1月流向.csv", "-", told, OPEN), "purchase");
        assert_eq!(
            kind("a.xls", "库存", told, OPEN),
            "told purchase, named inventory"
        );
    }
}
