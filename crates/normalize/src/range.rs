//! Which days a file speaks for.
//!
//! A range that is declared (told by a person, in the title, the sheet name or the file name) also
//! speaks for its days without lines; so it only counts when most of the lines lie in it. Without
//! one, the file speaks for the days that occur.

use channelflow_model::{Day, DayRange, RawTable};

use crate::span::{self, Span};
use crate::vocabulary::Vocabulary;

/// What the texts of one sheet declare, most specific first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Declared {
    spans: Vec<Span>,
}

/// What was made of a declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Most lines lie in it.
    Agreed(DayRange),
    /// It names a range or a month, but most lines lie elsewhere.
    Contradicted(DayRange),
    /// Nothing usable is declared.
    Nothing,
}

/// Collects what titles, sheet name and file names declare.
pub(crate) fn declared(
    table: &RawTable,
    title_rows: usize,
    files: &[&str],
    vocabulary: &Vocabulary,
) -> Declared {
    let mut spans = Vec::new();
    let mut all_titles = String::new();
    for row in 0..title_rows {
        let texts = title_texts(table, row, vocabulary);
        for text in &texts {
            spans.extend(span::in_text(text).filter(|span| matches!(span, Span::Range(_))));
        }
        let line = texts.join(" ");
        spans.extend(span::in_text(&line));
        all_titles.push_str(&line);
        all_titles.push(' ');
    }
    spans.extend(span::in_text(&all_titles));
    spans.extend(span::in_text(&table.sheet));
    for file in files {
        let stem = file.rsplit_once('.').map_or(*file, |(stem, _)| stem);
        spans.extend(span::in_text(stem));
    }
    // A single day may be the day of an export; whatever names a range says more.
    spans.sort_by_key(|span| matches!(span, Span::Single(_)));
    Declared { spans }
}

/// Texts of a title row, without those that date the print.
fn title_texts(table: &RawTable, row: usize, vocabulary: &Vocabulary) -> Vec<String> {
    let mut texts = Vec::new();
    let mut after_print_label = false;
    for column in 0..table.columns.len() {
        let (_, text) = table.cell(row, column);
        if text.is_empty() {
            continue;
        }
        // `查询时间：2026-01-01 至 2026-01-31` names the data, `打印时间：2026-02-03` the print.
        let is_range = matches!(span::in_text(text), Some(Span::Range(_)));
        let folded = vocabulary.folded(text);
        let is_print = vocabulary
            .words()
            .print_labels
            .iter()
            .any(|word| folded.contains(word.as_str()));
        if is_range || !is_print && !after_print_label {
            // A spreadsheet's date has its time behind a `T`.
            texts.push(text.replace('T', " "));
        }
        after_print_label = is_print && !folded.contains(|c: char| c.is_ascii_digit());
    }
    texts
}

impl Declared {
    /// The day of a snapshot: the last day of what is declared.
    pub(crate) fn snapshot(&self) -> Option<Day> {
        let single = self.spans.iter().find_map(|span| match span {
            Span::Single(day) => Some(*day),
            _ => None,
        });
        single.or_else(|| self.range().map(|range| range.last))
    }

    /// The first range that is declared, whatever the lines say.
    pub(crate) fn range(&self) -> Option<DayRange> {
        self.spans.iter().find_map(|span| match span {
            Span::Range(range) => Some(*range),
            _ => None,
        })
    }

    /// What is declared about snapshots, when most of them were taken at least a week off: the
    /// date column then dates something else (入库日期), or the name is wrong. A stock of the 31st
    /// may be sent in a file of the 3rd.
    pub(crate) fn contradicts_snapshots(&self, days: &[(Day, u64)]) -> Option<DayRange> {
        const SENT_WITHIN: i64 = 7;

        if days.is_empty() {
            return None;
        }
        let widened = Declared {
            spans: self
                .spans
                .iter()
                .filter_map(|span| match span {
                    Span::Single(day) => DayRange::new(*day, *day),
                    Span::Range(range) => Some(*range),
                    Span::MonthOnly(_) => None,
                })
                .filter_map(|range| {
                    let first = range.first.plus_days(-SENT_WITHIN)?;
                    DayRange::new(first, range.last.plus_days(SENT_WITHIN)?).map(Span::Range)
                })
                .collect(),
        };
        match widened.judge(days) {
            Verdict::Contradicted(_) => self.range().or_else(|| {
                let day = self.snapshot()?;
                DayRange::new(day, day)
            }),
            Verdict::Agreed(_) | Verdict::Nothing => None,
        }
    }

    /// Compares what is declared with the days of the lines, each with its number of lines.
    pub(crate) fn judge(&self, days: &[(Day, u64)]) -> Verdict {
        let total: u64 = days.iter().map(|(_, lines)| lines).sum();
        let first_year = days.first().map(|(day, _)| day.year());
        let one_year = first_year.filter(|year| days.iter().all(|(day, _)| day.year() == *year));
        let mut contradicted = None;
        for span in &self.spans {
            let range = match span {
                Span::Range(range) => Some(*range),
                Span::Single(day) => DayRange::new(*day, *day),
                Span::MonthOnly(month) => one_year
                    .and_then(|year| Day::new(year, *month, 1))
                    .and_then(|first| DayRange::new(first, first.end_of_month())),
            };
            let Some(range) = range else {
                continue;
            };
            let inside: u64 = days
                .iter()
                .filter(|(day, _)| range.contains(*day))
                .map(|(_, lines)| lines)
                .sum();
            if inside > 0 && inside * 2 >= total {
                return Verdict::Agreed(range);
            }
            if !matches!(span, Span::Single(_)) && contradicted.is_none() {
                contradicted = Some(range);
            }
        }
        contradicted.map_or(Verdict::Nothing, Verdict::Contradicted)
    }
}

/// The declared ranges of several sheets as one, if no day lies between them undeclared.
pub(crate) fn join(mut ranges: Vec<DayRange>) -> Option<DayRange> {
    ranges.sort_by_key(|range| range.first);
    let mut ranges = ranges.into_iter();
    let mut joined = ranges.next()?;
    for range in ranges {
        if range.first > joined.last.plus_days(1)? {
            return None;
        }
        joined.last = joined.last.max(range.last);
    }
    Some(joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::from_iso(text).unwrap()
    }

    fn judged(titles: &[&[&str]], sheet: &str, file: &str, days: &[(&str, u64)]) -> String {
        let table = RawTable::from_texts(sheet, titles);
        let declared = declared(&table, titles.len(), &[file], &Vocabulary::builtin());
        let days: Vec<_> = days
            .iter()
            .map(|(text, lines)| (day(text), *lines))
            .collect();
        match declared.judge(&days) {
            Verdict::Agreed(range) => format!("agreed {range}"),
            Verdict::Contradicted(range) => format!("contradicted {range}"),
            Verdict::Nothing => "nothing".to_owned(),
        }
    }

    #[test]
    fn a_declaration_counts_when_the_lines_agree() {
        let days: &[(&str, u64)] = &[("2026-01-03", 5), ("2026-01-20", 4), ("2026-02-01", 1)];
        let january = "agreed 2026-01-01..2026-01-31";
        for (titles, sheet, file, expected) in [
            (
                &[&["查询条件：2026-01-01 至 2026-01-31"] as &[&str]] as &[&[&str]],
                "s",
                "a.xls",
                january,
            ),
            (
                &[&["起始日期", "2026-01-01"], &["截止日期", "2026-01-31"]],
                "s",
                "a.xls",
                january,
            ),
            (
                &[&["打印日期：2026年2月3日"]],
                "s",
                "流向202601.xls",
                january,
            ),
            (
                &[&["打印日期", "2026-02-03"]],
                "2026年1月",
                "a.xls",
                january,
            ),
            (
                &[&["查询时间：2026-01-01至2026-01-31"]],
                "s",
                "a.xls",
                january,
            ),
            (&[], "1月", "a.xls", january),
            (
                &[],
                "s",
                "流向202602.xls",
                "contradicted 2026-02-01..2026-02-28",
            ),
            (&[], "s", "流向20260203.xls", "nothing"),
            (&[], "s", "a.xls", "nothing"),
        ] {
            assert_eq!(
                judged(titles, sheet, file, days),
                expected,
                "{titles:?} {sheet} {file}"
            );
        }
        assert_eq!(
            judged(&[], "s", "流向20260103.xls", &[("2026-01-03", 5)]),
            "agreed 2026-01-03..2026-01-03"
        );
    }

    #[test]
    fn a_snapshot_may_be_sent_a_week_later_but_not_be_months_old() {
        for (file, taken, contradicted) in [
            ("库存20260203.xls", "2026-01-31", None),
            ("库存202601.xls", "2026-01-31", None),
            ("库存.xls", "2025-11-11", None),
            (
                "库存20260131.xls",
                "2025-11-11",
                Some("2026-01-31..2026-01-31"),
            ),
            (
                "库存202601.xls",
                "2025-11-11",
                Some("2026-01-01..2026-01-31"),
            ),
        ] {
            let table = RawTable::from_texts("s", &[]);
            let declared = declared(&table, 0, &[file], &Vocabulary::builtin());
            let found = declared.contradicts_snapshots(&[(day(taken), 3)]);
            let found = found.map(|range| range.to_string());
            assert_eq!(found.as_deref(), contradicted, "{file} {taken}");
        }
    }

    #[test]
    fn sheets_join_only_without_a_gap() {
        let month = |first: &str| DayRange::new(day(first), day(first).end_of_month()).unwrap();
        let joined = join(vec![month("2026-02-01"), month("2026-01-01")]).unwrap();
        assert_eq!(joined.to_string(), "2026-01-01..2026-02-28");
        assert_eq!(join(vec![month("2026-01-01"), month("2026-03-01")]), None);
    }
}
