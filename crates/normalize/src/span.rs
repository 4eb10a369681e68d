//! Days and months named in titles, sheet names and file names:
//! `查询条件：2026-01-01 至 2026-01-31`, `2026年1月流向`, `20260101-20260131.xlsx`, `1月`.
//!
//! Here is only what a text says; whether the dates of the lines agree is decided in `range`.

use channelflow_model::text::clean;
use channelflow_model::{Day, DayRange};

/// What a text says about time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Span {
    /// From a day to a day, or whole months.
    Range(DayRange),
    /// One day: perhaps a snapshot, perhaps the day of an export.
    Single(Day),
    /// A month without its year.
    MonthOnly(u32),
}

#[derive(Debug, Clone, Copy)]
enum Token {
    Day(Day),
    /// First day of a month.
    Month(Day),
    MonthOnly(u32),
}

/// What a text says, if it says one thing.
pub(crate) fn in_text(text: &str) -> Option<Span> {
    let tokens = tokens(&clean(text));
    let days: Vec<Day> = tokens
        .iter()
        .filter_map(|token| {
            if let Token::Day(day) = token {
                Some(*day)
            } else {
                None
            }
        })
        .collect();
    let months: Vec<Day> = tokens
        .iter()
        .filter_map(|token| {
            if let Token::Month(first) = token {
                Some(*first)
            } else {
                None
            }
        })
        .collect();
    match (days.as_slice(), months.as_slice()) {
        ([first, last], _) => DayRange::new(*first, *last).map(Span::Range),
        ([] | [_], [month]) => DayRange::new(*month, month.end_of_month()).map(Span::Range),
        ([], [first, last]) => DayRange::new(*first, last.end_of_month()).map(Span::Range),
        ([day], []) => Some(Span::Single(*day)),
        ([], []) => tokens.iter().find_map(|token| match token {
            Token::MonthOnly(month) if tokens.len() == 1 => Some(Span::MonthOnly(*month)),
            _ => None,
        }),
        _ => None,
    }
}

/// Walks over the text and takes every day and month out of it.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (_, tail) = rest.split_at_checked(start).unwrap_or(("", ""));
        let (found, length) = token(tail);
        tokens.extend(found.into_iter().flatten());
        let skip = length.max(run(tail)).max(1);
        rest = tail.get(skip..).unwrap_or("");
    }
    tokens
}

/// The days and months at the start of a text that starts with a digit, and their length.
fn token(text: &str) -> ([Option<Token>; 2], usize) {
    let length = run(text);
    let digits = text.get(..length).unwrap_or("");
    let after = text.get(length..).unwrap_or("");
    let one = |token: Option<Token>, length: usize| ([token, None], length);
    match length {
        8 => {
            let day = digits
                .parse()
                .ok()
                .and_then(Day::from_number)
                .filter(|day| recent(*day));
            let Some(day) = day else {
                return one(None, length);
            };
            // `20260101-0131`: the second day without its year.
            let second = after
                .strip_prefix(['-', '~', '_'])
                .filter(|rest| run(rest) == 4)
                .and_then(|rest| rest.get(..4)?.parse::<i32>().ok())
                .and_then(|short| Day::from_number(day.year() * 10_000 + short));
            let more = if second.is_some() { 5 } else { 0 };
            (
                [Some(Token::Day(day)), second.map(Token::Day)],
                length + more,
            )
        }
        6 => one(
            first_of(digits.get(..4), digits.get(4..)).map(Token::Month),
            length,
        ),
        4 => after_year(digits, after),
        1 | 2 if after.starts_with('月') => {
            let rest = after.trim_start_matches('月');
            let month = digits.parse().ok().filter(|month| (1..=12).contains(month));
            let is_day = rest.starts_with(|c: char| c.is_ascii_digit()) && is_day_of_month(rest);
            one(
                month.filter(|_| !is_day).map(Token::MonthOnly),
                length + '月'.len_utf8(),
            )
        }
        _ => one(None, length),
    }
}

/// A year was read; what follows it: `-01-31`, `年1月31日`, `年1月`, `年1-3月`, `.1`.
fn after_year(year: &str, after: &str) -> ([Option<Token>; 2], usize) {
    let nothing = ([None, None], year.len());
    let Some(separator) = after.chars().next().filter(|c| "-/._年".contains(*c)) else {
        return nothing;
    };
    let rest = after.get(separator.len_utf8()..).unwrap_or("");
    let month_length = run(rest);
    let Some(first) = (month_length <= 2)
        .then(|| first_of(Some(year), rest.get(..month_length)))
        .flatten()
    else {
        return nothing;
    };
    let mut length = year.len() + separator.len_utf8() + month_length;
    let tail = rest.get(month_length..).unwrap_or("");
    let next = tail.chars().next().unwrap_or(' ');

    // `2026年1-3月`: several months.
    if separator == '年' && "-~至".contains(next) {
        let last = tail.get(next.len_utf8()..).unwrap_or("");
        let last_length = run(last);
        let behind = last.get(last_length..).unwrap_or("");
        let month =
            first_of(Some(year), last.get(..last_length)).filter(|_| behind.starts_with('月'));
        length += if month.is_some() {
            next.len_utf8() + last_length + '月'.len_utf8()
        } else {
            0
        };
        return ([Some(Token::Month(first)), month.map(Token::Month)], length);
    }
    let day_separator = if separator == '年' { '月' } else { separator };
    if next == day_separator {
        let day_text = tail.get(next.len_utf8()..).unwrap_or("");
        let day_length = run(day_text);
        let number = day_text
            .get(..day_length)
            .and_then(|digits| digits.parse().ok());
        if (1..=2).contains(&day_length)
            && let Some(day) = number.and_then(|day| Day::new(first.year(), first.month(), day))
        {
            return (
                [Some(Token::Day(day)), None],
                length + next.len_utf8() + day_length,
            );
        }
        length += if next == '月' { next.len_utf8() } else { 0 };
        if next == '月'
            && let Some((month, more)) = later_month(first, day_text)
        {
            return (
                [Some(Token::Month(first)), Some(Token::Month(month))],
                length + more,
            );
        }
    }
    ([Some(Token::Month(first)), None], length)
}

/// The month that follows a month: `-3月`, `至3月`, and after `、` or `及` only the next one.
fn later_month(first: Day, text: &str) -> Option<(Day, usize)> {
    let joint = text.chars().next()?;
    let rest = text.strip_prefix(joint)?;
    let length = run(rest);
    let number = rest.get(..length)?.parse::<i32>().ok()?;
    let month = u32::try_from(number).ok()?;
    let fits = match joint {
        '-' | '~' | '—' | '至' | '到' => month > first.month(),
        '、' | '及' | '和' => month == first.month() + 1,
        _ => false,
    };
    let behind = rest.get(length..)?.strip_prefix('月')?;
    let month = Day::new(first.year(), month, 1).filter(|_| fits && !is_day_of_month(behind))?;
    Some((month, joint.len_utf8() + length + '月'.len_utf8()))
}

fn is_day_of_month(text: &str) -> bool {
    let length = run(text);
    length <= 2
        && text
            .get(length..)
            .is_some_and(|rest| rest.starts_with(['日', '号']))
}

fn first_of(year: Option<&str>, month: Option<&str>) -> Option<Day> {
    Day::new(year?.parse().ok()?, month?.parse().ok()?, 1).filter(|day| recent(*day))
}

/// Years a file of today may speak about; keeps document numbers from being read as dates.
fn recent(day: Day) -> bool {
    (2000..=2099).contains(&day.year())
}

/// Length of the run of digits at the start.
fn run(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> String {
        match in_text(text) {
            Some(Span::Range(range)) => range.to_string(),
            Some(Span::Single(day)) => day.to_string(),
            Some(Span::MonthOnly(month)) => format!("month {month}"),
            None => String::new(),
        }
    }

    #[test]
    fn what_titles_and_file_names_say() {
        let january = "2026-01-01..2026-01-31";
        for (text, expected) in [
            ("查询条件：2026-01-01 至 2026-01-31", january),
            ("日期：2026/1/1 - 2026/1/31", january),
            ("起始日期 2026年1月1日 截止日期 2026年1月31日", january),
            ("20260101-20260131", january),
            ("流向20260101_20260131.xlsx", january),
            ("20260101-0131", january),
            ("2026-01-01 00:00:00~2026-01-31 23:59:59", january),
            ("2026年1月销售流向", january),
            ("2026年01月", january),
            ("流向202601", january),
            ("D03-流向-2026-01.xlsx", january),
            ("2026.1流向", january),
            ("2026年1-3月采购", "2026-01-01..2026-03-31"),
            ("2026-01至2026-02", "2026-01-01..2026-02-28"),
            ("2026年1月-3月流向", "2026-01-01..2026-03-31"),
            ("2026年1月至2月", "2026-01-01..2026-02-28"),
            ("2026年1月、2月流向", "2026-01-01..2026-02-28"),
            ("2026年1月、12月", january),
            ("2026年1月流向(含12月)", january),
            ("2026年1月-2月5日", january),
            ("库存2026-01-31", "2026-01-31"),
            ("库存20260131.xls", "2026-01-31"),
            ("打印时间 2026年2月3日 10:20", "2026-02-03"),
            ("1月流向", "month 1"),
            ("1月1日-1月31日", ""),
            ("XS20269999001", ""),
            ("流向20260203101530", ""),
            ("第3页", ""),
            ("电话 01062345678", ""),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in ".{0,24}", dated in "[0-9年月日号至./_~-]{0,30}") {
            in_text(&text);
            in_text(&dated);
        }
    }
}
