//! What the titles of a sheet mean, depending on its kind.
//!
//! Titles match exactly, then without their bracketed tail, never by "contains". Not here: finding
//! the header; that is `header`.

use channelflow_model::layout::{Layout, LayoutColumn};
use channelflow_model::{Field, FlowKind};

use crate::vocabulary::{HeaderWord, LAST, Scope, Vocabulary};

/// What the columns of a header mean in one kind of sheet.
#[derive(Debug, Clone, Default)]
pub(crate) struct Meaning {
    pub(crate) columns: Vec<LayoutColumn>,
    /// Titles that say the same as a chosen one: field, chosen title, titles left aside.
    pub(crate) doubles: Vec<(Field, String, Vec<String>)>,
    /// Title of the product column when it holds several facts.
    pub(crate) composite: Option<String>,
    pub(crate) refused: Vec<String>,
    /// How many titles belong to this kind of sheet only.
    pub(crate) evidence: usize,
}

impl Meaning {
    pub(crate) fn has(&self, field: Field) -> bool {
        self.columns.iter().any(|column| column.field == field)
    }

    /// Whether this can be the header of a flow sheet.
    pub(crate) fn is_flow(&self) -> bool {
        let product = self.has(Field::ProductName) || self.has(Field::ProductCode);
        product && self.has(Field::Quantity) && self.columns.len() >= 3
    }
}

/// One thing a title may mean.
struct Sense {
    field: Field,
    scope: Scope,
    rank: i32,
    unit: Option<String>,
}

/// Everything a title may mean: by itself, or else without its bracketed tail.
fn senses(title: &str, vocabulary: &Vocabulary) -> Vec<Sense> {
    let exact = vocabulary.title_words(title);
    let plain = |tail: Option<&str>, words: &[HeaderWord]| {
        words
            .iter()
            .map(|word| {
                let untaxed = tail.is_some_and(|tail| {
                    vocabulary
                        .words()
                        .ex_tax_tails
                        .iter()
                        .any(|word| word == tail)
                });
                let field = match word.field {
                    Field::Price if untaxed => Field::PriceExTax,
                    Field::Amount if untaxed => Field::AmountExTax,
                    field => field,
                };
                let unit = tail
                    .filter(|_| field == Field::Quantity)
                    .and_then(|tail| vocabulary.unit(tail))
                    .map(str::to_owned);
                // A title that needs its tail removed stands behind the exact ones of its list.
                let rank = word.rank + if tail.is_some() { 500 } else { 0 };
                Sense {
                    field,
                    scope: word.scope,
                    rank,
                    unit,
                }
            })
            .collect::<Vec<_>>()
    };
    if !exact.is_empty() {
        let tail = tail_of(title).map(|(_, tail)| tail);
        let mut found = plain(None, exact);
        for sense in &mut found {
            if sense.field == Field::Quantity {
                sense.unit = tail
                    .and_then(|tail| vocabulary.unit(tail))
                    .map(str::to_owned);
            }
        }
        return found;
    }
    match tail_of(title) {
        Some((_, tail))
            if vocabulary
                .words()
                .other_measures
                .iter()
                .any(|word| word == tail) =>
        {
            Vec::new()
        }
        Some((base, tail)) => plain(Some(tail), vocabulary.title_words(base)),
        None => Vec::new(),
    }
}

/// Whether a title means anything in any kind of sheet.
pub(crate) fn is_known(title: &str, vocabulary: &Vocabulary) -> bool {
    !senses(title, vocabulary).is_empty()
}

/// `数量(盒)` → `数量`, `盒`.
fn tail_of(title: &str) -> Option<(&str, &str)> {
    let (base, tail) = title.strip_suffix(')')?.rsplit_once('(')?;
    (!base.is_empty()).then_some((base, tail))
}

/// Says what the columns mean in a sheet of this kind. Product, quantity, date and party choose
/// their column first; each field takes the title its list prefers, the leftmost of equal ones.
pub(crate) fn meaning(titles: &[String], kind: FlowKind, vocabulary: &Vocabulary) -> Meaning {
    const FIRST: [Field; 4] = [
        Field::ProductName,
        Field::Quantity,
        Field::Date,
        Field::PartyName,
    ];
    let mut meaning = Meaning::default();
    let mut candidates: Vec<(usize, &String, Vec<Sense>)> = Vec::new();
    for (position, title) in titles
        .iter()
        .enumerate()
        .filter(|(_, title)| !title.is_empty())
    {
        if vocabulary.is_refused(title) {
            meaning.refused.push(title.clone());
            continue;
        }
        let mut found = senses(title, vocabulary);
        let own = |sense: &Sense| sense.scope == Scope::Kind(kind) && sense.rank < LAST;
        if found.iter().any(own) {
            meaning.evidence += 1;
        }
        found.retain(|sense| sense.scope.covers(kind));
        if !found.is_empty() {
            candidates.push((position, title, found));
        }
    }
    let rest = Field::ALL.iter().filter(|field| !FIRST.contains(field));
    let mut taken = vec![false; titles.len()];
    let mut doubles: Vec<(Field, String, Vec<usize>)> = Vec::new();
    for field in FIRST.iter().chain(rest).copied() {
        let mut options: Vec<(i32, usize, &String, &Sense)> = candidates
            .iter()
            .filter(|(position, ..)| !taken.get(*position).copied().unwrap_or(true))
            .filter_map(|(position, title, senses)| {
                let sense = senses.iter().find(|sense| sense.field == field)?;
                Some((sense.rank, *position, *title, sense))
            })
            .collect();
        options.sort_by_key(|(rank, position, ..)| (*rank, *position));
        let mut options = options.into_iter();
        let Some((_, position, title, sense)) = options.next() else {
            continue;
        };
        if let Some(taken) = taken.get_mut(position) {
            *taken = true;
        }
        if sense.scope == Scope::Composite {
            meaning.composite = Some(title.clone());
        }
        let others: Vec<usize> = options.map(|(_, position, ..)| position).collect();
        doubles.push((field, title.clone(), others));
        meaning.columns.push(LayoutColumn {
            field,
            header: title.clone(),
            position: u32::try_from(position).unwrap_or(u32::MAX),
            unit: sense.unit.clone(),
            date_format: None,
        });
    }
    meaning.columns.sort_by_key(|column| column.position);
    // A column left aside by one field and taken by another (门店名称) is not left aside.
    let is_taken = |position: &usize| taken.get(*position).copied().unwrap_or(false);
    for (field, chosen, others) in doubles {
        let left = others.iter().filter(|position| !is_taken(position));
        let left: Vec<String> = left
            .filter_map(|position| titles.get(*position).cloned())
            .collect();
        if !left.is_empty() {
            meaning.doubles.push((field, chosen, left));
        }
    }
    meaning
}

/// Where the columns of a layout stand in this sheet: by title, and among equal titles by their
/// rank; `None` for a column that is not there.
pub(crate) fn locate(layout: &Layout, titles: &[String]) -> Vec<(LayoutColumn, usize)> {
    layout
        .columns
        .iter()
        .filter_map(|column| {
            let equal =
                |(position, title): (usize, &String)| (*title == column.header).then_some(position);
            let here: Vec<usize> = titles.iter().enumerate().filter_map(equal).collect();
            let then: Vec<usize> = layout
                .headers
                .iter()
                .enumerate()
                .filter_map(equal)
                .collect();
            let rank = then
                .iter()
                .position(|position| *position == column.position as usize);
            let position = rank.and_then(|rank| here.get(rank)).or(here.first())?;
            Some((column.clone(), *position))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(titles: &[&str], kind: FlowKind) -> Vec<String> {
        let vocabulary = Vocabulary::builtin();
        let titles: Vec<String> = titles.iter().map(|title| vocabulary.title(title)).collect();
        let shown = |column: &LayoutColumn| {
            let unit = column
                .unit
                .as_ref()
                .map_or(String::new(), |unit| format!(" [{unit}]"));
            format!("{} = {}{unit}", column.header, column.field)
        };
        meaning(&titles, kind, &vocabulary)
            .columns
            .iter()
            .map(shown)
            .collect()
    }

    #[test]
    fn roles_depend_on_the_kind() {
        let titles = ["单据日期", "单位名称", "供应商", "商品", "数量(盒)", "税率"];
        assert_eq!(
            fields(&titles, FlowKind::Sale),
            [
                "单据日期 = date",
                "单位名称 = party_name",
                "供应商 = maker",
                "商品 = product_name",
                "数量(盒) = quantity [盒]",
            ]
        );
        assert_eq!(
            fields(&titles, FlowKind::Purchase),
            [
                "单据日期 = date",
                "供应商 = party_name",
                "商品 = product_name",
                "数量(盒) = quantity [盒]",
            ]
        );
    }

    #[test]
    fn thousands_and_dollars_are_no_boxes_and_no_yuan() {
        let titles = ["日期", "客户", "商品", "数量(盒)", "金额(万元)", "单价(元)"];
        assert_eq!(
            fields(&titles, FlowKind::Sale)[3..],
            ["数量(盒) = quantity [盒]", "单价(元) = price"]
        );
        let titles = ["日期", "客户", "商品", "数量(千盒)", "金额（HKD）"];
        assert_eq!(fields(&titles, FlowKind::Sale).len(), 3);
    }

    #[test]
    fn the_preferred_of_two_columns_is_taken_and_the_other_named() {
        let vocabulary = Vocabulary::builtin();
        let titles: Vec<String> = [
            "制单日期",
            "出库日期",
            "开票日期",
            "品名",
            "数量",
            "金额(不含税)",
            "金额",
        ]
        .map(str::to_owned)
        .into();
        let meaning = meaning(&titles, FlowKind::Sale, &vocabulary);
        let date = meaning
            .columns
            .iter()
            .find(|column| column.field == Field::Date)
            .unwrap();
        assert_eq!(date.header, "出库日期");
        assert_eq!(
            meaning.doubles,
            [(
                Field::Date,
                "出库日期".to_owned(),
                vec!["开票日期".to_owned(), "制单日期".to_owned()],
            )]
        );
        assert!(meaning.has(Field::AmountExTax) && meaning.has(Field::Amount));
    }

    #[test]
    fn composite_and_refused_columns() {
        let vocabulary = Vocabulary::builtin();
        let titles: Vec<String> = ["品名/规格", "数量", "日期", "处方医师", "患者姓名"]
            .map(str::to_owned)
            .into();
        let meaning = meaning(&titles, FlowKind::Sale, &vocabulary);
        assert_eq!(meaning.composite.as_deref(), Some("品名/规格"));
        assert_eq!(meaning.refused, ["处方医师", "患者姓名"]);
    }
}
