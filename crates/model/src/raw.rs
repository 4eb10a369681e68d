//! What was read, uninterpreted: sheets as columns of texts with their place.
//!
//! A [`RawColumn`] keeps every value once in an arena and one `u32` code per row, so that later
//! stages parse each *distinct* text once. Not here: what a cell means.

use serde::{Deserialize, Serialize};

/// What kind of cell a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum CellKind {
    /// Nothing there.
    Empty = 0,
    /// Text, as typed (a delimited file has only these).
    Text = 1,
    /// A number; the text is its exact decimal form without exponent or separators.
    Number = 2,
    /// A number that a spreadsheet can no longer tell exactly (more than 15 digits).
    InexactNumber = 3,
    /// A date; the text is `2026-03-01`.
    Date = 4,
    /// A date with a time of day; the text is `2026-03-01T08:30:00`.
    DateTime = 5,
    /// A time or duration without a date; the text is `08:30:00`.
    Time = 6,
    /// `TRUE` or `FALSE`.
    Bool = 7,
    /// A spreadsheet error; the text is its code, `#N/A`.
    Error = 8,
    /// A formula that was saved without its value.
    FormulaWithoutValue = 9,
}

impl CellKind {
    /// The kind with this number, if there is one.
    pub fn from_u8(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::Empty,
            1 => Self::Text,
            2 => Self::Number,
            3 => Self::InexactNumber,
            4 => Self::Date,
            5 => Self::DateTime,
            6 => Self::Time,
            7 => Self::Bool,
            8 => Self::Error,
            9 => Self::FormulaWithoutValue,
            _ => return None,
        })
    }
}

/// One column of a raw table. Code 0 is the empty cell; code `n` is value `n - 1` of the arena.
/// The same text may stand under several codes (columns without repetition skip the look-up).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawColumn {
    /// One code per row of the table.
    pub codes: Vec<u32>,
    /// One kind per value.
    pub kinds: Vec<u8>,
    /// End offset of each value in `bytes`.
    pub ends: Vec<u32>,
    /// All texts, one after another.
    pub bytes: String,
}

impl RawColumn {
    /// Kind and text behind a code; `(Empty, "")` for code 0 or an unknown code.
    pub fn value(&self, code: u32) -> (CellKind, &str) {
        let Some(index) = (code as usize).checked_sub(1) else {
            return (CellKind::Empty, "");
        };
        let start = match index.checked_sub(1) {
            Some(before) => self.ends.get(before).copied().unwrap_or(0),
            None => 0,
        };
        let text = self
            .ends
            .get(index)
            .and_then(|end| self.bytes.get(start as usize..*end as usize))
            .unwrap_or("");
        let kind = self
            .kinds
            .get(index)
            .and_then(|kind| CellKind::from_u8(*kind));
        (kind.unwrap_or(CellKind::Empty), text)
    }

    /// Kind and text of the cell in a row (index into the table, not the source row number).
    pub fn cell(&self, row: usize) -> (CellKind, &str) {
        self.value(self.codes.get(row).copied().unwrap_or(0))
    }

    /// Adds a value to the arena without looking whether it is there; returns its code, or `None`
    /// when the column would exceed 4 GiB of text.
    pub fn push_value(&mut self, kind: CellKind, text: &str) -> Option<u32> {
        let end = u32::try_from(self.bytes.len().checked_add(text.len())?).ok()?;
        let code = u32::try_from(self.ends.len()).ok()?.checked_add(1)?;
        self.bytes.push_str(text);
        self.ends.push(end);
        self.kinds.push(kind as u8);
        Some(code)
    }

    /// Number of codes: distinct values plus one for the empty cell.
    pub fn code_count(&self) -> usize {
        self.ends.len() + 1
    }

    /// Kind and text of every code in order, beginning with the empty cell.
    pub fn values(&self) -> impl Iterator<Item = (CellKind, &str)> {
        (0..=self.ends.len()).map(|code| self.value(u32::try_from(code).unwrap_or(0)))
    }
}

/// A merged range in source coordinates: rows count from 1, columns from 0; both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergedRange {
    /// First row (from 1).
    pub first_row: u32,
    /// Last row.
    pub last_row: u32,
    /// First column (from 0).
    pub first_column: u32,
    /// Last column.
    pub last_column: u32,
}

/// One sheet, delimited file or HTML table as it was read. Rows without any cell are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawTable {
    /// Path inside the archive the artifact is; `None` when it is the artifact itself.
    pub member: Option<String>,
    /// Sheet name; for a delimited file `-`, for the n-th HTML table `table n`.
    pub sheet: String,
    /// Position of the sheet in the artifact, over all members, from 0.
    pub sheet_index: u32,
    /// Whether the sheet is hidden.
    pub hidden: bool,
    /// Source row number (from 1) of every row kept, ascending.
    pub row_numbers: Vec<u32>,
    /// Columns by position from 0; all have `row_numbers.len()` codes.
    pub columns: Vec<RawColumn>,
    /// Merged ranges.
    pub merged: Vec<MergedRange>,
    /// Source numbers of hidden rows, ascending.
    pub hidden_rows: Vec<u32>,
    /// Hidden columns (from 0), ascending.
    pub hidden_columns: Vec<u32>,
    /// Container and, for delimited text, encoding and delimiter, as a person would say it:
    /// `xlsx`, `csv, GB18030, comma`.
    pub format: String,
    /// Whether the workbook counts days from 1904.
    pub epoch_1904: bool,
}

impl RawTable {
    /// Number of rows kept.
    pub fn row_count(&self) -> usize {
        self.row_numbers.len()
    }

    /// Kind and text of a cell by row index and column position.
    pub fn cell(&self, row: usize, column: usize) -> (CellKind, &str) {
        self.columns
            .get(column)
            .map_or((CellKind::Empty, ""), |column| column.cell(row))
    }

    /// Index of the row with this source number.
    pub fn row_index(&self, source_row: u32) -> Option<usize> {
        self.row_numbers.binary_search(&source_row).ok()
    }

    /// Whether a source row is hidden.
    pub fn is_hidden_row(&self, source_row: u32) -> bool {
        self.hidden_rows.binary_search(&source_row).is_ok()
    }

    /// A small table from texts, for tests and examples: row numbers count from 1, empty texts are
    /// empty cells, wholly empty rows are left out.
    pub fn from_texts(sheet: &str, rows: &[&[&str]]) -> Self {
        let width = rows.iter().map(|row| row.len()).max().unwrap_or(0);
        let mut table = RawTable {
            sheet: sheet.to_owned(),
            columns: vec![RawColumn::default(); width],
            format: "test".to_owned(),
            ..RawTable::default()
        };
        for (index, row) in rows.iter().enumerate() {
            if row.iter().all(|text| text.is_empty()) {
                continue;
            }
            table
                .row_numbers
                .push(u32::try_from(index + 1).unwrap_or(u32::MAX));
            for (position, column) in table.columns.iter_mut().enumerate() {
                let text = row.get(position).copied().unwrap_or("");
                let known = (!text.is_empty())
                    .then(|| column.values().position(|(_, value)| value == text))
                    .flatten();
                let code = match known {
                    _ if text.is_empty() => 0,
                    Some(code) => u32::try_from(code).unwrap_or(0),
                    None => column.push_value(CellKind::Text, text).unwrap_or(0),
                };
                column.codes.push(code);
            }
        }
        table
    }
}

/// Spreadsheet letters of a column position: 0 → `A`, 27 → `AB`.
pub fn column_letters(position: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = u64::from(position) + 1;
    while rest > 0 {
        let digit = u8::try_from((rest - 1) % 26).unwrap_or(0);
        letters.push(char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_keeps_source_rows_and_shares_values() {
        let table = RawTable::from_texts(
            "一月",
            &[
                &["客户", "数量"],
                &["", ""],
                &["北京协和医院", "3"],
                &["北京协和医院", ""],
            ],
        );
        assert_eq!(table.row_numbers, [1, 3, 4]);
        assert_eq!(table.columns[0].codes, [1, 2, 2]);
        assert_eq!(table.cell(2, 0), (CellKind::Text, "北京协和医院"));
        assert_eq!(table.cell(2, 1), (CellKind::Empty, ""));
        assert_eq!(table.cell(9, 9), (CellKind::Empty, ""));
    }

    #[test]
    fn columns_have_letters() {
        let letters: Vec<_> = [0, 25, 26, 51, 701, 702, 16_383].map(column_letters).into();
        assert_eq!(letters, ["A", "Z", "AA", "AZ", "ZZ", "AAA", "XFD"]);
    }
}
