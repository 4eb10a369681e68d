//! Expiry as it stands on a label: a day, a month, or how long the product keeps.
//!
//! A month is read as its last day, or as the last day of the month before, by a setting. A
//! duration counts from the production day. The rule that was used is kept beside the day.

use channelflow_model::flow::ExpiryPrecision;
use channelflow_model::text::clean;
use channelflow_model::{CellKind, Day};

use crate::ExpiryMonth;
use crate::date_text::{self, Reading, Years};
use crate::vocabulary::Vocabulary;

/// What an expiry cell says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expiry {
    Empty,
    Day(Day),
    /// First day of the labelled month.
    Month(Day),
    /// Months from production.
    Duration(u32),
    Bad,
}

/// An expiry day with how it came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ExpiryDay {
    pub(crate) day: Option<Day>,
    pub(crate) precision: Option<ExpiryPrecision>,
    /// `day`, `month_end`, `month_before_end`, `duration`; empty for none.
    pub(crate) rule: &'static str,
}

impl Expiry {
    /// The day, given the production day and the reading of month labels.
    pub(crate) fn day(self, mfg: Option<Day>, month: ExpiryMonth) -> ExpiryDay {
        match self {
            Expiry::Empty | Expiry::Bad => ExpiryDay::default(),
            Expiry::Day(day) => ExpiryDay {
                day: Some(day),
                precision: Some(ExpiryPrecision::Day),
                rule: "day",
            },
            Expiry::Month(first) => {
                let (day, rule) = match month {
                    ExpiryMonth::LastDay => (Some(first.end_of_month()), "month_end"),
                    ExpiryMonth::LastDayOfMonthBefore => (first.plus_days(-1), "month_before_end"),
                };
                ExpiryDay {
                    day,
                    precision: Some(ExpiryPrecision::Month),
                    rule,
                }
            }
            Expiry::Duration(months) => {
                let day = mfg.and_then(|mfg| mfg.plus_months(i64::from(months)));
                ExpiryDay {
                    day,
                    precision: day.map(|_| ExpiryPrecision::Day),
                    rule: if day.is_some() { "duration" } else { "" },
                }
            }
        }
    }
}

/// Reads one cell.
pub(crate) fn read(
    kind: CellKind,
    text: &str,
    epoch_1904: bool,
    vocabulary: &Vocabulary,
) -> Expiry {
    if kind == CellKind::Empty {
        return Expiry::Empty;
    }
    if matches!(kind, CellKind::Date | CellKind::DateTime) {
        return certain(kind, text, epoch_1904);
    }
    if !matches!(kind, CellKind::Text | CellKind::Number) {
        return Expiry::Bad;
    }
    let cleaned = clean(text);
    let mut rest = cleaned.as_str();
    for prefix in &vocabulary.words().expiry_prefixes {
        if let Some(after) = rest.strip_prefix(prefix.as_str()) {
            rest = after.trim_start_matches([':', ' ', '至']);
            break;
        }
    }
    if vocabulary.is_placeholder(rest) {
        return Expiry::Empty;
    }
    if let Some(months) = duration(rest) {
        return Expiry::Duration(months);
    }
    if let Some(first) = month(rest) {
        return Expiry::Month(first);
    }
    certain(
        if kind == CellKind::Number {
            kind
        } else {
            CellKind::Text
        },
        rest,
        epoch_1904,
    )
}

/// Reads a production date; unlike a business date it has no column to compare with, so only
/// shapes that leave one reading count.
pub(crate) fn mfg(kind: CellKind, text: &str, epoch_1904: bool) -> Option<Day> {
    match certain(kind, text, epoch_1904) {
        Expiry::Day(day) => Some(day),
        _ => None,
    }
}

fn certain(kind: CellKind, text: &str, epoch_1904: bool) -> Expiry {
    match date_text::read(kind, text, epoch_1904, Years::around(None)) {
        // `12/31/2027`: only one order fits.
        Reading::Certain(day)
        | Reading::Open(
            [Some(day), None, None] | [None, Some(day), None] | [None, None, Some(day)],
        ) => Expiry::Day(day),
        Reading::Open(_) | Reading::None => Expiry::Bad,
    }
}

/// `24个月`, `2年`, `36 月`, `24M`, `18 months`.
fn duration(text: &str) -> Option<u32> {
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let (digits, unit) = text.split_at_checked(end)?;
    let number: u32 = digits.parse().ok()?;
    let months = match unit.trim().to_ascii_lowercase().as_str() {
        "个月" | "月" | "m" | "months" | "month" => number,
        "年" | "y" | "years" | "year" => number.checked_mul(12)?,
        _ => return None,
    };
    (1..=120).contains(&months).then_some(months)
}

/// `2027-06`, `2027/6`, `2027.06`, `202706`, `2027年6月`, `06/2027`.
fn month(text: &str) -> Option<Day> {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (year, month) = if text.len() == 6 && is_digits(text) {
        text.split_at_checked(4)?
    } else if let Some((year, month)) = text.split_once('年') {
        (
            year,
            month
                .strip_suffix(['月', '底'])
                .unwrap_or(month)
                .trim_end_matches('月'),
        )
    } else {
        text.split_once(['-', '/', '.'])?
    };
    let (year, month) = if month.len() == 4 {
        (month, year)
    } else {
        (year, month)
    };
    if year.len() != 4 || !(1..=2).contains(&month.len()) || !is_digits(year) || !is_digits(month) {
        return None;
    }
    Day::new(year.parse().ok()?, month.parse().ok()?, 1)
        .filter(|day| (1990..=2099).contains(&day.year()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str, mfg: &str, rule: ExpiryMonth) -> String {
        let expiry = read(CellKind::Text, text, false, &Vocabulary::builtin());
        let found = expiry.day(Day::from_iso(mfg), rule);
        format!(
            "{} {}",
            found.day.map_or("none".to_owned(), |day| day.to_string()),
            found.rule
        )
    }

    #[test]
    fn days_months_and_durations() {
        let last = ExpiryMonth::LastDay;
        for (text, expected) in [
            ("2027-06-30", "2027-06-30 day"),
            ("20270630", "2027-06-30 day"),
            ("有效期至2027年6月30日", "2027-06-30 day"),
            ("46082", "2026-03-01 day"),
            ("2027-02", "2027-02-28 month_end"),
            ("2027.6", "2027-06-30 month_end"),
            ("202706", "2027-06-30 month_end"),
            ("2027年06月", "2027-06-30 month_end"),
            ("有效期至：2027/06", "2027-06-30 month_end"),
            ("06/2027", "2027-06-30 month_end"),
            ("12/31/2027", "2027-12-31 day"),
            ("31/12/2027", "2027-12-31 day"),
            ("1/2/2027", "none "),
            ("24个月", "2028-01-15 duration"),
            ("保质期 2年", "2028-01-15 duration"),
            ("36月", "2029-01-15 duration"),
            ("24", "none "),
            ("无", "none "),
            ("见包装", "none "),
            ("2027-13", "none "),
        ] {
            assert_eq!(shown(text, "2026-01-15", last), expected, "{text}");
        }
        assert_eq!(shown("24个月", "", last), "none ");
        let before = ExpiryMonth::LastDayOfMonthBefore;
        assert_eq!(
            shown("2006年7月", "", before),
            "2006-06-30 month_before_end"
        );
        assert_eq!(shown("2027-06-30", "", before), "2027-06-30 day");
    }

    #[test]
    fn unreadable_is_not_empty() {
        let vocabulary = Vocabulary::builtin();
        for (text, expected) in [
            ("见包装", Expiry::Bad),
            ("24", Expiry::Bad),
            ("-", Expiry::Empty),
        ] {
            assert_eq!(read(CellKind::Text, text, false, &vocabulary), expected);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in ".{0,16}", dated in "[0-9年月日个/.至 -]{0,14}") {
            let vocabulary = Vocabulary::default();
            read(CellKind::Text, &text, false, &vocabulary);
            read(CellKind::Number, &dated, true, &vocabulary);
            read(CellKind::Text, &dated, true, &vocabulary);
        }
    }
}
