//! Rows of a table whose first row holds titles: cells by field, each problem with its place.
//! Which fields there are stands in `config/vocabulary/master.toml` and `settlement.toml`; what
//! they mean in `master` and `settlement_rows`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

use channelflow_model::finding::{Finding, Place, Severity};
use channelflow_model::raw::RawTable;
use channelflow_model::settlement::Span;
use channelflow_model::{Day, Micros, text};

/// Titles, or words of cells, by what they stand for.
type Words = BTreeMap<String, Vec<String>>;

const MASTER: &str = include_str!("../../../config/vocabulary/master.toml");
const SETTLEMENT: &str = include_str!("../../../config/vocabulary/settlement.toml");

/// By entity. The files are compiled in; a test parses them.
static VOCABULARY: LazyLock<BTreeMap<String, Words>> = LazyLock::new(|| {
    [MASTER, SETTLEMENT]
        .into_iter()
        .filter_map(|text| toml::from_str::<BTreeMap<String, Words>>(text).ok())
        .flatten()
        .collect()
});

/// What a text stands for, if it is one of the words.
fn meant<'w>(words: &'w Words, text: &str) -> Option<&'w str> {
    let key = text::key(text);
    words
        .iter()
        .find(|(_, known)| known.iter().any(|known| text::key(known) == key))
        .map(|(meaning, _)| meaning.as_str())
}

/// How many titles of a table are columns of an entity.
pub(crate) fn titles_known(table: &RawTable, entity: &str) -> usize {
    let Some(fields) = VOCABULARY.get(entity) else {
        return 0;
    };
    (0..table.columns.len())
        .filter(|column| meant(fields, table.cell(0, *column).1).is_some())
        .count()
}

/// A table with its columns found by title.
pub(crate) struct TitledRows<'a> {
    table: &'a RawTable,
    columns: HashMap<String, usize>,
    /// What is wrong with the file so far.
    pub(crate) problems: Vec<Finding>,
}

impl<'a> TitledRows<'a> {
    pub(crate) fn new(
        table: &'a RawTable,
        entity: &str,
        required: &[&str],
    ) -> Result<Self, Vec<Finding>> {
        let none = Words::new();
        let fields = VOCABULARY.get(entity).unwrap_or(&none);
        let place = |column: usize| {
            Place {
                sheet: Some(table.sheet.clone()),
                ..Place::default()
            }
            .at_row(table.row_numbers.first().copied().unwrap_or(1))
            .at_column(u32::try_from(column).unwrap_or(u32::MAX))
        };
        let mut columns = HashMap::new();
        let mut problems = Vec::new();
        for column in 0..table.columns.len() {
            let title = text::clean(table.cell(0, column).1);
            if title.is_empty() {
                continue;
            }
            match meant(fields, &title) {
                None => problems.push(
                    Finding::new("master_unknown_column", Severity::Error, place(column))
                        .fact("title", &title)
                        .fact(
                            "known",
                            fields.keys().cloned().collect::<Vec<_>>().join(", "),
                        ),
                ),
                Some(field) => {
                    if columns.insert(field.to_owned(), column).is_some() {
                        problems.push(
                            Finding::new("master_column_twice", Severity::Error, place(column))
                                .fact("field", field),
                        );
                    }
                }
            }
        }
        for field in required {
            if !columns.contains_key(*field) {
                problems.push(
                    Finding::new("master_missing_column", Severity::Error, place(0))
                        .fact("field", field)
                        .fact(
                            "titles",
                            fields
                                .get(*field)
                                .map(|titles| titles.join(", "))
                                .unwrap_or_default(),
                        ),
                );
            }
        }
        if problems.is_empty() {
            Ok(TitledRows {
                table,
                columns,
                problems,
            })
        } else {
            Err(problems)
        }
    }

    /// Whether the table has a column for the field.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.columns.contains_key(field)
    }

    pub(crate) fn text(&self, row: usize, field: &str) -> String {
        self.columns
            .get(field)
            .map(|column| text::clean(self.table.cell(row, *column).1))
            .unwrap_or_default()
    }

    pub(crate) fn problem(
        &mut self,
        code: &'static str,
        row: usize,
        field: &'static str,
        found: &str,
    ) {
        let mut place = Place {
            sheet: Some(self.table.sheet.clone()),
            ..Place::default()
        }
        .at_row(self.table.row_numbers.get(row).copied().unwrap_or(0));
        if let Some(column) = self.columns.get(field) {
            place = place.at_column(u32::try_from(*column).unwrap_or(u32::MAX));
        }
        self.problems.push(
            Finding::new(code, Severity::Error, place)
                .fact("field", field)
                .fact("found", found),
        );
    }

    /// What the word in a cell stands for.
    pub(crate) fn word(
        &mut self,
        row: usize,
        field: &'static str,
        words: &str,
    ) -> Option<&'static str> {
        let value = self.required(row, field);
        if value.is_empty() {
            return None;
        }
        let words = VOCABULARY.get(words)?;
        let meaning = meant(words, &value);
        if meaning.is_none() {
            let known: Vec<&str> = words
                .values()
                .filter_map(|known| known.first())
                .map(String::as_str)
                .collect();
            self.problem("settings_bad_word", row, field, &value);
            self.tell("known", &known.join(", "));
        }
        meaning
    }

    /// Adds a fact to the problem just found.
    pub(crate) fn tell(&mut self, name: &'static str, value: &str) {
        if let Some(problem) = self.problems.pop() {
            self.problems.push(problem.fact(name, value));
        }
    }

    pub(crate) fn required(&mut self, row: usize, field: &'static str) -> String {
        let value = self.text(row, field);
        if value.is_empty() {
            self.problem("master_empty_cell", row, field, "");
        }
        value
    }

    pub(crate) fn unique_id(&mut self, row: usize, seen: &mut HashSet<String>) -> String {
        let id = self.required(row, "id");
        if !id.is_empty() && !seen.insert(id.clone()) {
            self.problem("master_id_twice", row, "id", &id);
        }
        id
    }

    pub(crate) fn flag(&mut self, row: usize, field: &'static str, default: bool) -> bool {
        let value = self.text(row, field).to_lowercase();
        match value.as_str() {
            "" => default,
            "1" | "true" | "yes" | "y" | "是" | "启用" | "有效" => true,
            "0" | "false" | "no" | "n" | "否" | "停用" | "无效" => false,
            _ => {
                self.problem("master_bad_flag", row, field, &value);
                default
            }
        }
    }

    pub(crate) fn whole(&mut self, row: usize, field: &'static str) -> i64 {
        let value = self.text(row, field);
        if value.is_empty() {
            return 0;
        }
        match value.parse::<i64>() {
            Ok(number) if number >= 0 => number,
            _ => {
                self.problem("master_bad_whole", row, field, &value);
                0
            }
        }
    }

    pub(crate) fn price(&mut self, row: usize, field: &'static str) -> Option<Micros> {
        let value = self.text(row, field);
        if value.is_empty() {
            return None;
        }
        match value.parse::<Micros>() {
            Ok(price) if price.0 >= 0 => Some(price),
            _ => {
                self.problem("master_bad_price", row, field, &value);
                None
            }
        }
    }

    pub(crate) fn day(&mut self, row: usize, field: &'static str) -> Option<Day> {
        let value = self.text(row, field);
        if value.is_empty() {
            return None;
        }
        let day = written_day(&value);
        if day.is_none() {
            self.problem("master_bad_day", row, field, &value);
        }
        day
    }

    /// A number as spreadsheets write it, thousands separators included; `None` for an empty cell.
    pub(crate) fn number(&mut self, row: usize, field: &'static str) -> Option<Micros> {
        let value = self.text(row, field);
        if value.is_empty() {
            return None;
        }
        let number = plain_number(&value).and_then(|plain| plain.parse().ok());
        if number.is_none() {
            self.problem("settings_bad_number", row, field, &value);
        }
        number
    }

    /// A share such as `0.6` or `60%`.
    pub(crate) fn share(&mut self, row: usize, field: &'static str) -> Micros {
        let value = self.required(row, field);
        if value.is_empty() {
            return Micros::ZERO;
        }
        let share = match value.strip_suffix('%') {
            Some(percent) => percent
                .trim_end()
                .parse::<Micros>()
                .ok()
                .and_then(|percent| percent.checked_ratio(1, 100)),
            None => value.parse().ok(),
        };
        share
            .filter(|share| Micros::ZERO < *share && *share <= Micros::ONE)
            .unwrap_or_else(|| {
                self.problem("settings_bad_share", row, field, &value);
                Micros::ZERO
            })
    }

    /// `valid_from` and `valid_to`; without a first day it holds from always.
    pub(crate) fn span(&mut self, row: usize) -> Span {
        let from = self.day(row, "valid_from").unwrap_or(Span::ALWAYS.from);
        let to = self.day(row, "valid_to");
        if to.is_some_and(|to| to < from) {
            self.problem(
                "settings_days_reversed",
                row,
                "valid_from",
                &from.to_string(),
            );
        }
        Span { from, to }
    }

    pub(crate) fn body(&self) -> std::ops::Range<usize> {
        1..self.table.row_count().max(1)
    }
}

/// The numbers a text is made of, if everything between them is one of `between`.
pub(crate) fn numbers(text: &str, between: &[char]) -> Option<Vec<i32>> {
    text.split(between)
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().ok().filter(|number| *number >= 0))
        .collect()
}

/// A day as people write it: `2026-03-01`, `2026/3/1`, `2026.3.1`, `2026年3月1日`, `20260301`; a time
/// of day is left out.
fn written_day(text: &str) -> Option<Day> {
    let text = text.split(['T', ' ']).next()?;
    match numbers(text, &['-', '/', '.', '年', '月', '日'])?[..] {
        [number] => Day::from_number(number),
        [year, month, day] => Day::new(year, month.try_into().ok()?, day.try_into().ok()?),
        _ => None,
    }
}

/// A number without its thousands separators; `None` when commas stand elsewhere.
fn plain_number(text: &str) -> Option<String> {
    let whole = text.split('.').next()?;
    let groups: Vec<&str> = whole.split(',').collect();
    let grouped = groups.iter().skip(1).all(|group| group.len() == 3);
    grouped.then(|| text.replace(',', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vocabulary_is_read_and_no_title_means_two_things() {
        for text in [MASTER, SETTLEMENT] {
            let entities: BTreeMap<String, Words> = toml::from_str(text).unwrap();
            for (entity, fields) in entities {
                let mut seen = HashMap::new();
                for (field, titles) in &fields {
                    for title in titles {
                        let other = seen.insert(text::key(title), field);
                        assert!(
                            other.is_none_or(|other| other == field),
                            "{entity}: `{title}` means two fields"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn days_and_numbers_are_read_as_people_write_them() {
        let day = Day::from_iso("2026-03-01");
        for text in [
            "2026-03-01",
            "2026/3/1",
            "2026.3.1",
            "2026年3月1日",
            "20260301",
            "2026-03-01T00:00:00",
            "2026-3-1 08:00",
        ] {
            assert_eq!(written_day(text), day, "{text}");
        }
        for text in ["2026-13-01", "3/1", "2026-02-30", "一月", "1-2-3-4"] {
            assert_eq!(written_day(text), None, "{text}");
        }
        assert_eq!(plain_number("1,234,567.8"), Some("1234567.8".to_owned()));
        assert_eq!(plain_number("1,23"), None);
    }
}
