//! Rows of a table whose first row holds titles: cells by field, each problem with its place.
//! Which fields there are stands in `config/vocabulary/master.toml`; what they mean in `master`.

use std::collections::{BTreeMap, HashMap, HashSet};

use channelflow_model::finding::{Finding, Place, Severity};
use channelflow_model::raw::RawTable;
use channelflow_model::{Day, Micros, text};

const VOCABULARY: &str = include_str!("../../../config/vocabulary/master.toml");

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
        // The vocabulary is compiled in; a test parses it.
        let vocabulary: BTreeMap<String, BTreeMap<String, Vec<String>>> =
            toml::from_str(VOCABULARY).unwrap_or_default();
        let fields = vocabulary.get(entity).cloned().unwrap_or_default();
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
            let key = text::key(&title);
            let field = fields
                .iter()
                .find(|(_, titles)| titles.iter().any(|known| text::key(known) == key));
            match field {
                None => problems.push(
                    Finding::new("master_unknown_column", Severity::Error, place(column))
                        .fact("title", &title)
                        .fact(
                            "known",
                            fields.keys().cloned().collect::<Vec<_>>().join(", "),
                        ),
                ),
                Some((field, _)) => {
                    if columns.insert(field.clone(), column).is_some() {
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
        let day = Day::from_iso(value.split('T').next().unwrap_or(&value));
        if day.is_none() {
            self.problem("master_bad_day", row, field, &value);
        }
        day
    }

    pub(crate) fn body(&self) -> std::ops::Range<usize> {
        1..self.table.row_count().max(1)
    }
}
