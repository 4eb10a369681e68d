//! What every row below the header is: a line, a total, the header again, a section label, or
//! something outside the table. Every row gets exactly one class.

use channelflow_model::{CellKind, Field, RawTable};

use crate::column::{Column, Columns};
use crate::header::Header;
use crate::sheet::Plan;
use crate::vocabulary::Vocabulary;

/// Class of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Row {
    Line,
    Total(Total),
    /// Numbers without any name; a total if they equal the sum, otherwise a line that lacks its
    /// keys. `totals` decides.
    Unlabelled,
    RepeatedHeader,
    SectionLabel,
    Outside,
}

/// What a total sums up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Total {
    /// 合计: everything above.
    Whole,
    /// 小计: what came since the last one.
    Part,
}

/// Classes of the rows below the header, and the section labels among them (row and value).
pub(crate) struct Classified {
    pub(crate) first_row: usize,
    pub(crate) rows: Vec<Row>,
    pub(crate) labels: Vec<(usize, String)>,
}

impl Classified {
    /// Row indices of the lines.
    pub(crate) fn lines(&self) -> impl Iterator<Item = usize> {
        let lines = self
            .rows
            .iter()
            .enumerate()
            .filter(|(_, class)| **class == Row::Line);
        lines.map(|(index, _)| index + self.first_row)
    }
}

/// Classifies the rows of a sheet.
pub(crate) fn classify(
    plan: &Plan<'_>,
    columns: &Columns<'_>,
    vocabulary: &Vocabulary,
) -> Classified {
    let table = plan.table;
    let first_row = plan.header.first_row + plan.header.rows;
    let keys = Keys::of(columns);
    let totals = TotalMarks::of(table, vocabulary);
    let headers = HeaderMarks::of(plan, columns, vocabulary);
    let mut classified = Classified {
        first_row,
        rows: Vec::with_capacity(table.row_count().saturating_sub(first_row)),
        labels: Vec::new(),
    };
    for row in first_row..table.row_count() {
        let class = if headers.is_repeated(plan, row, vocabulary) {
            Row::RepeatedHeader
        } else if let Some(total) = totals.total(table, &keys, row, vocabulary) {
            Row::Total(total)
        } else if keys.product(row) && keys.quantity(row) {
            Row::Line
        } else {
            incomplete(plan, &keys, row, vocabulary, &mut classified.labels)
        };
        classified.rows.push(class);
    }
    classified
}

/// A row without product or without quantity.
fn incomplete(
    plan: &Plan<'_>,
    keys: &Keys<'_, '_>,
    row: usize,
    vocabulary: &Vocabulary,
    labels: &mut Vec<(usize, String)>,
) -> Row {
    let has = |column| has(column, row);
    let numbers = keys.quantity(row) || has(keys.amount) || has(keys.price);
    if !numbers && let Some(text) = single_text(plan.table, row) {
        let label = plan
            .layout
            .section
            .and_then(|_| section_value(text, vocabulary));
        return match label {
            Some(value) => {
                labels.push((row, value));
                Row::SectionLabel
            }
            None => Row::Outside,
        };
    }
    let dated = has(keys.date) || has(keys.lot);
    match (numbers, keys.product(row)) {
        (true, false) if !dated && !has(keys.party) => Row::Unlabelled,
        (true, _) => Row::Line,
        // A product with a date or a lot but without its quantity is a line that must be asked for.
        (false, true) if dated => Row::Line,
        (false, _) => Row::Outside,
    }
}

/// The columns that decide what a row is.
struct Keys<'c, 'a> {
    quantity: Option<&'c Column<'a>>,
    /// By code of the quantity column: anything but nothing or a text without a digit (`审核：李四`).
    numeric: Vec<bool>,
    name: Option<&'c Column<'a>>,
    code: Option<&'c Column<'a>>,
    party: Option<&'c Column<'a>>,
    date: Option<&'c Column<'a>>,
    lot: Option<&'c Column<'a>>,
    price: Option<&'c Column<'a>>,
    amount: Option<&'c Column<'a>>,
}

impl<'c, 'a> Keys<'c, 'a> {
    fn of(columns: &'c Columns<'a>) -> Self {
        let get = |field| columns.get(field);
        let quantity = get(Field::Quantity);
        let is_numeric = |(kind, text): (CellKind, &str)| match kind {
            CellKind::Empty => false,
            CellKind::Text => text.chars().any(char::is_numeric),
            _ => true,
        };
        Keys {
            quantity,
            numeric: quantity.map_or(Vec::new(), |column| {
                column.values.values().map(is_numeric).collect()
            }),
            name: get(Field::ProductName),
            code: get(Field::ProductCode),
            party: get(Field::PartyName),
            date: get(Field::Date),
            lot: get(Field::Lot),
            price: get(Field::Price).or(get(Field::PriceExTax)),
            amount: get(Field::Amount).or(get(Field::AmountExTax)),
        }
    }

    fn quantity(&self, row: usize) -> bool {
        let code = self.quantity.map_or(0, |column| column.code(row));
        self.numeric.get(code as usize).copied().unwrap_or(false)
    }

    fn product(&self, row: usize) -> bool {
        has(self.name, row) || has(self.code, row)
    }
}

fn has(column: Option<&Column<'_>>, row: usize) -> bool {
    column.is_some_and(|column| column.code(row) != 0)
}

/// A word for a total: which one, and whether the cell says nothing else.
type TotalWord = (Total, bool);

/// Which codes of which columns are a word for a total.
struct TotalMarks {
    columns: Vec<(usize, Vec<Option<TotalWord>>)>,
}

impl TotalMarks {
    fn of(table: &RawTable, vocabulary: &Vocabulary) -> Self {
        let mut columns = Vec::new();
        for (position, column) in table.columns.iter().enumerate() {
            let marks: Vec<Option<TotalWord>> = column
                .values()
                .map(|(kind, text)| {
                    (kind == CellKind::Text)
                        .then(|| total_word(text, vocabulary))
                        .flatten()
                })
                .collect();
            if marks.iter().any(Option::is_some) {
                columns.push((position, marks));
            }
        }
        TotalMarks { columns }
    }

    /// A total has its word among the first three texts of the row and names no product code and
    /// no lot; one that only ends in the word (`协和医院小计`) has no date either. A dash names
    /// nothing.
    fn total(
        &self,
        table: &RawTable,
        keys: &Keys<'_, '_>,
        row: usize,
        vocabulary: &Vocabulary,
    ) -> Option<Total> {
        let (position, total, exact) = self.columns.iter().find_map(|(position, marks)| {
            let code = table.columns.get(*position)?.codes.get(row)?;
            let (total, exact) = marks.get(*code as usize).copied().flatten()?;
            Some((*position, total, exact))
        })?;
        let texts_before = table
            .columns
            .iter()
            .take(position)
            .filter(|column| column.cell(row).0 == CellKind::Text)
            .count();
        let named = |column: Option<&Column<'_>>| {
            column.is_some_and(|column| {
                column.position != position && !vocabulary.is_placeholder(column.cell(row).1.trim())
            })
        };
        let is_line = named(keys.code) || named(keys.lot) || !exact && named(keys.date);
        (texts_before < 3 && !is_line).then_some(total)
    }
}

/// Whether a text is a word for a total, and whether it is nothing else.
fn total_word(text: &str, vocabulary: &Vocabulary) -> Option<TotalWord> {
    if text.len() > 60 || (text.is_ascii() && text.bytes().any(|byte| byte.is_ascii_digit())) {
        return None;
    }
    let words = vocabulary.words();
    let folded = vocabulary.folded(text);
    // `合计：`, `合计(元)`, `合计12笔`
    let end = folded.find(|c: char| matches!(c, ':' | '(') || c.is_ascii_digit());
    let bare = end.map_or(folded.as_str(), |end| folded.get(..end).unwrap_or(""));
    let is_in = |list: &[String]| list.iter().any(|word| word == bare);
    let ends = |list: &[String]| list.iter().any(|word| folded.ends_with(word.as_str()));
    if is_in(&words.total_whole) {
        Some((Total::Whole, true))
    } else if is_in(&words.total_part) {
        Some((Total::Part, true))
    } else if ends(&words.total_part_ends) {
        Some((Total::Part, false))
    } else if ends(&words.total_whole_ends) {
        Some((Total::Whole, false))
    } else {
        None
    }
}

/// Which codes of the product and quantity columns repeat a title.
struct HeaderMarks {
    columns: Vec<(usize, Vec<bool>)>,
}

impl HeaderMarks {
    fn of(plan: &Plan<'_>, columns: &Columns<'_>, vocabulary: &Vocabulary) -> Self {
        let mut marked = Vec::new();
        for field in [Field::ProductName, Field::Quantity] {
            let Some(column) = columns.get(field) else {
                continue;
            };
            let titles: Vec<String> = header_rows(plan)
                .map(|row| vocabulary.title(column.cell(row).1))
                .filter(|title| !title.is_empty())
                .collect();
            let longest = titles.iter().map(String::len).max().unwrap_or(0);
            // Titles shrink when they are normalised, at most by brackets and full-width letters.
            let is_title = |text: &str| {
                text.len() <= longest * 3 + 8 && titles.contains(&vocabulary.title(text))
            };
            let marks: Vec<bool> = column
                .values
                .values()
                .map(|(kind, text)| kind == CellKind::Text && is_title(text))
                .collect();
            marked.push((column.position, marks));
        }
        HeaderMarks { columns: marked }
    }

    /// Whether a row says what one of the header rows says, in every cell it has.
    fn is_repeated(&self, plan: &Plan<'_>, row: usize, vocabulary: &Vocabulary) -> bool {
        let table = plan.table;
        let marked = self.columns.iter().any(|(position, marks)| {
            let code = table
                .columns
                .get(*position)
                .and_then(|column| column.codes.get(row));
            code.and_then(|code| marks.get(*code as usize))
                .copied()
                .unwrap_or(false)
        });
        marked
            && header_rows(plan).any(|header| {
                (0..table.columns.len()).all(|column| {
                    let (_, text) = table.cell(row, column);
                    let (_, title) = table.cell(header, column);
                    text.is_empty()
                        || text == title
                        || vocabulary.title(text) == vocabulary.title(title)
                })
            })
    }
}

fn header_rows(plan: &Plan<'_>) -> std::ops::Range<usize> {
    plan.header.first_row..plan.header.first_row + plan.header.rows
}

/// The text of a row with one single non-empty cell.
fn single_text(table: &RawTable, row: usize) -> Option<&str> {
    let mut cells = table
        .columns
        .iter()
        .map(|column| column.cell(row))
        .filter(|(_, text)| !text.is_empty());
    match (cells.next(), cells.next()) {
        (Some((_, text)), None) => Some(text),
        _ => None,
    }
}

/// Whether label rows that name a party stand between the lines: `客户:北京协和医院`.
pub(crate) fn has_section_labels(
    table: &RawTable,
    header: &Header,
    vocabulary: &Vocabulary,
) -> bool {
    let body = header.first_row + header.rows..table.row_count();
    body.into_iter()
        .filter_map(|row| single_text(table, row))
        .any(|text| labelled(text, vocabulary).is_some())
}

/// The value behind a known label.
fn labelled(text: &str, vocabulary: &Vocabulary) -> Option<String> {
    let (label, value) = text.split_once([':', '：'])?;
    let label = vocabulary.folded(label);
    let value = channelflow_model::text::clean(value);
    let known = vocabulary.words().section_labels.contains(&label);
    (known && !value.is_empty()).then_some(value)
}

/// The value of a label row: behind a known label, or a bare text without any label.
fn section_value(text: &str, vocabulary: &Vocabulary) -> Option<String> {
    if let Some(value) = labelled(text, vocabulary) {
        return Some(value);
    }
    let bare = !text.contains([':', '：']) && text.chars().any(char::is_alphabetic);
    bare.then(|| channelflow_model::text::clean(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_totals() {
        let vocabulary = Vocabulary::builtin();
        for (text, expected) in [
            ("合计", Some((Total::Whole, true))),
            ("合 计：", Some((Total::Whole, true))),
            ("　总　计", Some((Total::Whole, true))),
            ("合计12笔", Some((Total::Whole, true))),
            ("Grand Total", Some((Total::Whole, true))),
            ("本页合计", Some((Total::Part, true))),
            ("小計", Some((Total::Part, true))),
            ("协和医院小计", Some((Total::Part, false))),
            ("协和医院 汇总", Some((Total::Part, false))),
            ("协和医院 Total", Some((Total::Part, false))),
            ("阿莫西林合计", Some((Total::Whole, false))),
            ("总后勤部医院", None),
            ("计生用品", None),
            ("XS2026010001", None),
        ] {
            assert_eq!(total_word(text, &vocabulary), expected, "{text}");
        }
    }

    #[test]
    fn section_labels() {
        let vocabulary = Vocabulary::builtin();
        for (text, value) in [
            ("客户:北京协和医院", Some("北京协和医院")),
            ("客户名称：　上海第一医院", Some("上海第一医院")),
            ("北京协和医院", Some("北京协和医院")),
            ("制表人：张三", None),
            ("123", None),
        ] {
            assert_eq!(section_value(text, &vocabulary).as_deref(), value, "{text}");
        }
    }
}
