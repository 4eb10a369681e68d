//! Plain tables for a terminal: columns aligned by display width, so that hanzi line up.

use rust_decimal::Decimal;
use unicode_width::UnicodeWidthStr;

/// Where a column's texts stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Flush left, for texts.
    Left,
    /// Flush right, for numbers.
    Right,
}

/// A table: a header and rows of equal width.
#[derive(Debug, Clone, Default)]
pub struct Table {
    header: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these column titles.
    pub fn new<const N: usize>(columns: [(&str, Align); N]) -> Self {
        Table {
            header: columns
                .into_iter()
                .map(|(title, align)| (title.to_owned(), align))
                .collect(),
            rows: Vec::new(),
        }
    }

    /// A table of texts whose first row holds the titles.
    pub fn of(rows: &[Vec<String>]) -> Self {
        let titles = rows.first().into_iter().flatten();
        Table {
            header: titles.map(|title| (title.clone(), Align::Left)).collect(),
            rows: rows.iter().skip(1).cloned().collect(),
        }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }

    /// The table without the columns in which no row says anything.
    #[must_use]
    pub fn without_empty_columns(mut self) -> Self {
        let says = |column: usize| {
            let mut cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.any(|cell| !cell.is_empty())
        };
        let kept: Vec<bool> = (0..self.header.len()).map(says).collect();
        let mut of_header = kept.iter().copied();
        self.header.retain(|_| of_header.next().unwrap_or(true));
        for row in &mut self.rows {
            let mut of_row = kept.iter().copied();
            row.retain(|_| of_row.next().unwrap_or(true));
        }
        self
    }

    /// Whether no row was added.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table as lines, each beginning with `indent` and ending with a line feed.
    pub fn render(&self, indent: &str) -> String {
        let widths: Vec<usize> = self
            .header
            .iter()
            .enumerate()
            .map(|(column, (title, _))| {
                self.rows
                    .iter()
                    .filter_map(|row| row.get(column))
                    .map(|cell| cell.width())
                    .chain([title.width()])
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        let titles: Vec<String> = self.header.iter().map(|(title, _)| title.clone()).collect();
        let mut text = String::new();
        for cells in std::iter::once(&titles).chain(&self.rows) {
            let mut line = indent.to_owned();
            for ((cell, width), (_, align)) in cells.iter().zip(&widths).zip(&self.header) {
                let padding = " ".repeat(width.saturating_sub(cell.width()));
                if *align == Align::Right {
                    line.push_str(&padding);
                    line.push_str(cell);
                } else {
                    line.push_str(cell);
                    line.push_str(&padding);
                }
                line.push_str("  ");
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// A count with thousands separators: `1,234,567`.
pub fn count(number: u64) -> String {
    grouped(&number.to_string())
}

/// An exact number as people read it: `-1,234.5`, at most six decimals.
pub fn number(value: Decimal) -> String {
    let text = value.round_dp(6).normalize().to_string();
    let (sign, body) = match text.strip_prefix('-') {
        Some(body) => ("-", body),
        None => ("", text.as_str()),
    };
    match body.split_once('.') {
        Some((whole, fraction)) => format!("{sign}{}.{fraction}", grouped(whole)),
        None => format!("{sign}{}", grouped(body)),
    }
}

/// Yuan as people read them: as [`number`], with two decimals at least.
pub fn money(value: Decimal) -> String {
    let text = number(value);
    let decimals = text
        .split_once('.')
        .map_or(0, |(_, fraction)| fraction.len());
    match decimals {
        0 => format!("{text}.00"),
        1 => format!("{text}0"),
        _ => text,
    }
}

fn grouped(digits: &str) -> String {
    let mut grouped = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        let d = |text: &str| Decimal::from_str_exact(text).unwrap();
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(number(d("-1234.50")), "-1,234.5");
        assert_eq!(money(d("-1234567")), "-1,234,567.00");
        assert_eq!(money(d("0.5")), "0.50");
        assert_eq!(money(d("999.123")), "999.123");
    }

    #[test]
    fn hanzi_take_two_places() {
        let mut table = Table::new([("name", Align::Left), ("rows", Align::Right)]);
        table.row(["协和".into(), "1".into()]);
        table.row(["abcdefg".into(), count(12_345)]);
        assert_eq!(
            table.render("  "),
            "  name       rows\n  协和          1\n  abcdefg  12,345\n"
        );
    }
}
