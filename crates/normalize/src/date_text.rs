//! The shapes a single date is written in, and every day it may stand for.
//!
//! Not here: choosing one order for a column; that is `date`.

use channelflow_model::{CellKind, Day, DayRange};

/// Which years a two-digit year may stand for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Years {
    first: i32,
    last: i32,
}

impl Years {
    /// The years around what the file declares. Without a declaration a window that is narrow enough
    /// to keep `26-01-09` from being 26 January 2009; older files name their month.
    pub(crate) fn around(range: Option<DayRange>) -> Self {
        range.map_or(
            Years {
                first: 2020,
                last: 2039,
            },
            |range| Years {
                first: range.first.year() - 1,
                last: range.last.year() + 1,
            },
        )
    }
}

/// The readings one text allows, by order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Its shape says the order, or it is a spreadsheet's date.
    Certain(Day),
    /// One reading per order in `Order::ALL`.
    Open([Option<Day>; 3]),
    None,
}

/// Everything one cell may mean as a date.
pub(crate) fn read(kind: CellKind, text: &str, epoch_1904: bool, years: Years) -> Reading {
    match kind {
        CellKind::Date | CellKind::DateTime => {
            let day = text
                .get(..10)
                .and_then(Day::from_iso)
                .filter(|day| plausible(*day));
            day.map_or(Reading::None, Reading::Certain)
        }
        CellKind::Number => from_digits(text.split('.').next().unwrap_or(""), epoch_1904),
        CellKind::Text => from_text(text, epoch_1904, years),
        _ => Reading::None,
    }
}

/// `20260301`, `20260301083000`, or a spreadsheet's day number (1954 to 2119).
fn from_digits(digits: &str, epoch_1904: bool) -> Reading {
    let day = match digits.len() {
        8 | 12 | 14 => digits
            .get(..8)
            .and_then(|digits| Day::from_number(digits.parse().ok()?)),
        5 => digits
            .parse()
            .ok()
            .and_then(|serial| from_serial(serial, epoch_1904)),
        _ => None,
    };
    day.filter(|day| plausible(*day))
        .map_or(Reading::None, Reading::Certain)
}

/// The day of a spreadsheet's day number.
pub(crate) fn from_serial(serial: i64, epoch_1904: bool) -> Option<Day> {
    if !(20_000..=80_000).contains(&serial) {
        return None;
    }
    if epoch_1904 {
        return Day::new(1904, 1, 1)?.plus_days(serial);
    }
    // Day 1 is 1 January 1900, but the system counts a 29 February 1900 that never was.
    Day::new(1900, 1, 1)?.plus_days(serial - 2)
}

fn from_text(text: &str, epoch_1904: bool, years: Years) -> Reading {
    let text = channelflow_model::text::clean(text);
    let text = strip_time(&text);
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return from_digits(text, epoch_1904);
    }
    // A day number saved as text keeps its time as a fraction.
    if let Some((whole, fraction)) = text.split_once('.')
        && whole.len() == 5
        && (whole.to_owned() + fraction)
            .bytes()
            .all(|byte| byte.is_ascii_digit())
    {
        return from_digits(whole, epoch_1904);
    }
    let Some(parts) = parts(text) else {
        return Reading::None;
    };
    let [Part(a, a_len), Part(b, b_len), Part(c, c_len)] = match parts {
        Parts::Numbers(parts) => parts,
        Parts::NamedMonth { day, month, year } => {
            let day = full_year(year, years).and_then(|year| known(year, month, day));
            return day.map_or(Reading::None, Reading::Certain);
        }
    };
    if a_len == 4 && b_len <= 2 && c_len <= 2 {
        return known(i32::try_from(a).unwrap_or(0), b, c).map_or(Reading::None, Reading::Certain);
    }
    if a_len > 2 || b_len > 2 || !(c_len <= 2 || c_len == 4) {
        return Reading::None;
    }
    let first = full_year(Part(a, a_len), years).filter(|_| c_len <= 2);
    let last = full_year(Part(c, c_len), years);
    let days = [
        first.and_then(|year| known(year, b, c)),
        last.and_then(|year| known(year, a, b)),
        last.and_then(|year| known(year, b, a)),
    ];
    if days == [None; 3] {
        Reading::None
    } else {
        Reading::Open(days)
    }
}

/// Years outside these are typing errors in a business date.
fn plausible(day: Day) -> bool {
    (1990..=2099).contains(&day.year())
}

fn known(year: i32, month: u32, day: u32) -> Option<Day> {
    Day::new(year, month, day).filter(|day| plausible(*day))
}

fn full_year(year: Part, years: Years) -> Option<i32> {
    let number = i32::try_from(year.0).ok()?;
    match year.1 {
        4 => Some(number),
        2 => Some(2000 + number).filter(|year| (years.first..=years.last).contains(year)),
        _ => None,
    }
}

/// The text without a time of day behind it: ` 08:30:00`, `T08:30`, ` 8:30 AM`.
fn strip_time(text: &str) -> &str {
    let Some((before, _)) = text.split_once(':') else {
        return text.trim();
    };
    let dated = before.trim_end_matches(|c: char| c.is_ascii_digit());
    let cut = dated.trim_end_matches([' ', 'T', 't', '上', '下', '午']);
    if !cut.is_empty() && (cut.len() < dated.len() || dated.ends_with('日')) {
        cut
    } else {
        text
    }
}

/// A number and how many digits it was written with.
#[derive(Debug, Clone, Copy)]
struct Part(u32, usize);

enum Parts {
    Numbers([Part; 3]),
    NamedMonth { day: u32, month: u32, year: Part },
}

/// Three parts separated alike: `2026-3-1`, `2026/03/01`, `2026.3.1`, `2026年3月1日`, `1-Mar-26`.
fn parts(text: &str) -> Option<Parts> {
    let text = text.strip_suffix(['日', '号']).unwrap_or(text);
    let separator = text.chars().find(|c| !c.is_alphanumeric() || *c == '年')?;
    let mut pieces = match separator {
        '年' => {
            let (year, rest) = text.split_once('年')?;
            let (month, day) = rest.split_once('月')?;
            vec![year, month, day]
        }
        '-' | '/' | '.' | ' ' => text.split(separator).collect::<Vec<_>>(),
        _ => return None,
    };
    for piece in &mut pieces {
        *piece = piece.trim_matches([' ', ',']);
    }
    let [a, b, c] = pieces.as_slice() else {
        return None;
    };
    if let (Some(month), Some(day), Some(year)) = (month_name(b), number(a), number(c)) {
        return Some(Parts::NamedMonth {
            day: day.0,
            month,
            year,
        });
    }
    if let (Some(month), Some(day), Some(year)) = (month_name(a), number(b), number(c)) {
        return Some(Parts::NamedMonth {
            day: day.0,
            month,
            year,
        });
    }
    Some(Parts::Numbers([number(a)?, number(b)?, number(c)?]))
}

fn number(text: &str) -> Option<Part> {
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| text.parse().ok()).flatten()?;
    Some(Part(number, text.len()))
}

fn month_name(text: &str) -> Option<u32> {
    const NAMES: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    if let Some(number) = text.strip_suffix('月') {
        const HANZI: [&str; 12] = [
            "一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二",
        ];
        let position = HANZI.iter().position(|name| *name == number)?;
        return u32::try_from(position + 1).ok();
    }
    let lower = text.to_ascii_lowercase();
    let short = lower.get(..3)?;
    let known = lower.len() == 3 || lower == full_month_name(short)?;
    let position = NAMES
        .iter()
        .position(|name| *name == short)
        .filter(|_| known)?;
    u32::try_from(position + 1).ok()
}

fn full_month_name(short: &str) -> Option<&'static str> {
    const FULL: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    FULL.into_iter().find(|name| name.starts_with(short))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_day_number_systems() {
        let day = |text| Day::from_iso(text);
        assert_eq!(from_serial(46_082, false), day("2026-03-01"));
        assert_eq!(from_serial(44_620, true), day("2026-03-01"));
        assert_eq!(from_serial(12, false), None);
    }

    proptest! {
        #[test]
        fn every_day_is_read_back(offset in 0_i64..40_000) {
            let day = Day::new(1990, 1, 1).unwrap().plus_days(offset).unwrap();
            let (y, m, d) = (day.year(), day.month(), day.day());
            for text in [
                day.to_string(), format!("{y}/{m}/{d}"), format!("{y}{m:02}{d:02}"), format!("{y}年{m}月{d}日"),
            ] {
                prop_assert_eq!(read(CellKind::Text, &text, false, Years::around(None)), Reading::Certain(day));
            }
            let slashes = format!("{d}/{m}/{y}");
            if let Reading::Open(days) = read(CellKind::Text, &slashes, false, Years::around(None)) {
                prop_assert_eq!(days[2], Some(day));
            } else {
                prop_assert!(false, "{}", slashes);
            }
        }

        #[test]
        fn any_text_is_read_without_panic(text in ".{0,24}", digits in "[0-9/.年月日: -]{0,20}") {
            let years = Years::around(None);
            read(CellKind::Text, &text, true, years);
            read(CellKind::Text, &digits, false, years);
            read(CellKind::Date, &text, false, years);
            read(CellKind::Number, &digits, false, years);
        }
    }
}
