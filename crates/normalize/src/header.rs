//! Finds the header of a sheet.
//!
//! The header is the row, or pair of rows, among the first thirty in which most fields are named:
//! a product, a quantity and at least one more. Not here: what the
//! columns mean (`meaning`), and of which kind the sheet is (`kind`).

use channelflow_model::layout::Layout;
use channelflow_model::{FlowKind, RawTable};

use crate::meaning::{Meaning, is_known, meaning};
use crate::vocabulary::Vocabulary;

/// Titles and filters stand above the header; more than this many rows of them was never seen.
const SEARCHED_ROWS: usize = 30;

/// A header that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    /// Index of its first row in the table.
    pub(crate) first_row: usize,
    /// 1 or 2.
    pub(crate) rows: usize,
    /// Title of every column as normalised, parent and child joined; empty for none.
    pub(crate) titles: Vec<String>,
}

/// Finds the header: one a person accepted, or else the best one by its words.
pub(crate) fn find(
    table: &RawTable,
    layouts: &[Layout],
    vocabulary: &Vocabulary,
) -> Option<Header> {
    let searched = table.row_count().min(SEARCHED_ROWS);
    let mut best: Option<(usize, Header)> = None;
    for first_row in 0..searched {
        for rows in 1..=2 {
            if first_row + rows > table.row_count() {
                continue;
            }
            let Some(header) = read(table, first_row, rows, vocabulary) else {
                continue;
            };
            let fingerprint = Layout::fingerprint_of(&header.titles);
            let accepted = layouts.iter().any(|layout| {
                layout.fingerprint == fingerprint && layout.header_rows as usize == rows
            });
            if accepted {
                return Some(header);
            }
            let score = FlowKind::ALL
                .into_iter()
                .map(|kind| meaning(&header.titles, kind, vocabulary))
                .filter(Meaning::is_flow)
                .map(|meaning| meaning.columns.len())
                .max()
                .unwrap_or(0);
            // A title row above a header of one row must not make it a header of two.
            let better = best
                .as_ref()
                .is_none_or(|(best, found)| score > *best || score == *best && rows < found.rows);
            if score > 0 && better {
                best = Some((score, header));
            }
        }
    }
    best.map(|(_, header)| header)
}

/// The titles of one or two rows; `None` when a second row cannot belong to a header.
fn read(
    table: &RawTable,
    first_row: usize,
    rows: usize,
    vocabulary: &Vocabulary,
) -> Option<Header> {
    let title = |row: usize, column: usize| vocabulary.title(table.cell(row, column).1);
    let width = table.columns.len();
    let upper: Vec<String> = (0..width).map(|column| title(first_row, column)).collect();
    if rows == 1 {
        return Some(Header {
            first_row,
            rows,
            titles: upper,
        });
    }
    let lower: Vec<String> = (0..width)
        .map(|column| title(first_row + 1, column))
        .collect();
    if lower.iter().any(|text| text.parse::<f64>().is_ok()) {
        return None;
    }
    let parents = spread(table, first_row, &upper, &lower);
    let titles = parents
        .iter()
        .zip(&lower)
        .map(|(parent, child)| join(parent, child, &lower, vocabulary))
        .collect();
    Some(Header {
        first_row,
        rows,
        titles,
    })
}

/// The upper titles with those of merged cells standing over every column they span. Files without
/// merged cells (a sheet saved as text) leave the spanned cells empty: there the title to the left
/// counts, if both columns have a title below.
fn spread(table: &RawTable, row: usize, upper: &[String], lower: &[String]) -> Vec<String> {
    let source_row = table.row_numbers.get(row).copied().unwrap_or(0);
    let mut parents = upper.to_vec();
    for range in &table.merged {
        if range.first_row != source_row || range.last_row != source_row {
            continue;
        }
        let Some(text) = upper.get(range.first_column as usize).cloned() else {
            continue;
        };
        for column in range.first_column..=range.last_column {
            if let Some(parent) = parents.get_mut(column as usize) {
                parent.clone_from(&text);
            }
        }
    }
    if table.merged.is_empty() {
        let mut left = String::new();
        for (parent, child) in parents.iter_mut().zip(lower) {
            if child.is_empty() {
                left.clear();
            } else if parent.is_empty() {
                parent.clone_from(&left);
            } else {
                left.clone_from(parent);
            }
        }
    }
    parents
}

/// Parent and child as one title: `本期发出` and `数量` are `本期发出数量`, `商品信息` and `名称` are
/// `商品名称`. A child that is known by itself and stands only once needs no parent.
fn join(parent: &str, child: &str, lower: &[String], vocabulary: &Vocabulary) -> String {
    if child.is_empty() || parent == child {
        return parent.to_owned();
    }
    let joined = format!("{parent}{child}");
    let stem = parent.trim_end_matches("信息").trim_end_matches("资料");
    let shorter = format!("{stem}{child}");
    let known = |title: &str| is_known(title, vocabulary);
    let once = || lower.iter().filter(|title| title.as_str() == child).count() == 1;
    if known(&joined) {
        joined
    } else if known(&shorter) {
        shorter
    } else if known(child) && once() {
        child.to_owned()
    } else {
        joined
    }
}

#[cfg(test)]
mod tests {
    use channelflow_model::raw::MergedRange;

    use super::*;

    fn found(rows: &[&[&str]]) -> Header {
        let table = RawTable::from_texts("s", rows);
        find(&table, &[], &Vocabulary::builtin()).expect("a header")
    }

    #[test]
    fn the_header_is_the_row_that_names_most_fields() {
        let header = found(&[
            &["某某医药公司销售流向"],
            &["查询条件：", "2026-01-01", "客户", "全部"],
            &["销售日期", "客户名称", "商品名称", "规格", "数量"],
            &[
                "2026-01-03",
                "北京协和医院",
                "阿莫西林胶囊",
                "0.25g*24粒",
                "10",
            ],
        ]);
        assert_eq!((header.first_row, header.rows), (2, 1));
        let table = RawTable::from_texts("s", &[&["说明"], &["本表仅供参考", "数量"]]);
        assert_eq!(find(&table, &[], &Vocabulary::builtin()), None);
    }

    #[test]
    fn two_rows_are_joined_under_merged_cells() {
        let rows: &[&[&str]] = &[
            &["商品信息", "", "期初", "", "本期发出", "", "日期", "客户"],
            &["名称", "规格", "数量", "金额", "数量", "金额", "", ""],
            &[
                "阿莫西林胶囊",
                "0.25g*24粒",
                "5",
                "50",
                "10",
                "100",
                "2026-01-03",
                "协和",
            ],
        ];
        // Once with the merged ranges of a workbook, once as saved to text.
        let mut table = RawTable::from_texts("s", rows);
        for with_ranges in [false, true] {
            if with_ranges {
                for (first_column, last_column) in [(0, 1), (2, 3), (4, 5)] {
                    table.merged.push(MergedRange {
                        first_row: 1,
                        last_row: 1,
                        first_column,
                        last_column,
                    });
                }
            }
            let header = find(&table, &[], &Vocabulary::builtin()).unwrap();
            assert_eq!((header.first_row, header.rows), (0, 2));
            let titles: Vec<&str> = header.titles.iter().map(String::as_str).collect();
            assert_eq!(
                titles,
                [
                    "商品名称",
                    "商品规格",
                    "期初数量",
                    "期初金额",
                    "本期发出数量",
                    "本期发出金额",
                    "日期",
                    "客户",
                ]
            );
        }
    }
}
