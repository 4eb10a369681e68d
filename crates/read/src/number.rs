//! Numbers and dates of spreadsheets as exact text.
//!
//! A spreadsheet shows at most 15 digits of the binary number it keeps, so the text is the
//! shortest one of the value rounded to 15 digits: `0.1 + 0.2` is `0.3`. Larger integers can no
//! longer be told exactly and say so.

use std::fmt::Write as _;

use calamine::{ExcelDateTime, ExcelDateTimeType};
use channelflow_model::CellKind;

/// Digits a spreadsheet keeps.
const DIGITS: usize = 15;

/// From here on neighbouring integers share a displayed value.
const INEXACT_FROM: f64 = 1e15;

/// Last serial number that is a date (9999-12-31), in the 1900 system.
const LAST_SERIAL: f64 = 2_958_465.0;

/// Appends the decimal text of a number without exponent.
pub(crate) fn write_decimal(value: f64, out: &mut String) -> CellKind {
    if !value.is_finite() {
        out.push_str("#NUM!");
        return CellKind::Error;
    }
    let magnitude = value.abs();
    if magnitude >= INEXACT_FROM {
        let _ = write!(out, "{value:.0}");
        return CellKind::InexactNumber;
    }
    if magnitude.fract() == 0.0 {
        write_integer(value < 0.0, magnitude, out);
        return CellKind::Number;
    }
    let start = out.len();
    let _ = write!(out, "{value}");
    let shortest = out.get(start..).unwrap_or("");
    if significant_digits(shortest) > DIGITS {
        let rounded = round_to_digits(value);
        out.truncate(start);
        out.push_str(&rounded);
    }
    CellKind::Number
}

/// Whether a decimal text is already what [`write_decimal`] would write for it.
pub(crate) fn is_canonical(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    let mut point = None;
    for (index, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => {}
            b'.' if point.is_none() => point = Some(index),
            _ => return false,
        }
    }
    let whole = point.unwrap_or(digits.len());
    let ends_well = match (point, digits.last()) {
        (Some(_), last) => matches!(last, Some(b'1'..=b'9')),
        (None, _) => text != "-0",
    };
    let starts_well = match digits.first() {
        Some(b'0') => whole == 1,
        Some(b'1'..=b'9') => true,
        _ => false,
    };
    // One place for the point, one for a zero before it.
    starts_well && ends_well && digits.len() <= DIGITS
}

/// Appends the text of a date-formatted number and says what it is. What no calendar knows stays
/// a number.
pub(crate) fn write_date(date: ExcelDateTime, epoch_1904: bool, out: &mut String) -> CellKind {
    let value = date.as_f64();
    if date.is_duration() {
        return write_seconds(value, out);
    }
    let last = if epoch_1904 {
        LAST_SERIAL - 1_462.0
    } else {
        LAST_SERIAL
    };
    if !(0.0..last + 1.0).contains(&value) {
        return write_decimal(value, out);
    }
    if value < 1.0 {
        return write_seconds(value, out);
    }
    // A spreadsheet shows whole seconds; half a second up may be tomorrow.
    let whole = (value * 86_400.0).round() / 86_400.0;
    let (year, month, day, hour, minute, second, milli) =
        ExcelDateTime::new(whole, ExcelDateTimeType::DateTime, epoch_1904).to_ymd_hms_milli();
    let _ = write!(out, "{year:04}-{month:02}-{day:02}");
    if (hour, minute, second, milli) == (0, 0, 0, 0) {
        return CellKind::Date;
    }
    let _ = write!(out, "T{hour:02}:{minute:02}:{second:02}");
    CellKind::DateTime
}

/// Text of a date, date and time, or time as XML formats write it, `2026-03-01T00:00:00.000`; `None` when
/// it is not one.
pub(crate) fn iso_date(text: &str) -> Option<(CellKind, String)> {
    let text = text.trim().trim_end_matches('Z');
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, time.split(['.', ',']).next().unwrap_or("")),
        None => (text, ""),
    };
    let shaped = |text: &str, pattern: &str| {
        text.len() == pattern.len()
            && text.bytes().zip(pattern.bytes()).all(|(c, p)| match p {
                b'0' => c.is_ascii_digit(),
                _ => c == p,
            })
    };
    if shaped(date.split('.').next().unwrap_or(""), "00:00:00") {
        return Some((CellKind::Time, date.get(..8)?.to_owned()));
    }
    if !shaped(date, "0000-00-00") {
        return None;
    }
    let time = match time.len() {
        0 => String::new(),
        5 => format!("{time}:00"),
        _ => time.to_owned(),
    };
    if time.is_empty() || time == "00:00:00" {
        return Some((CellKind::Date, date.to_owned()));
    }
    shaped(&time, "00:00:00").then(|| (CellKind::DateTime, format!("{date}T{time}")))
}

/// Text of an ISO duration, `PT08H30M00S` → `08:30:00`; `None` when it is not one.
pub(crate) fn iso_duration(text: &str) -> Option<String> {
    let body = text.trim().strip_prefix("PT")?;
    let mut seconds: u64 = 0;
    let mut digits = String::new();
    for c in body.chars() {
        let unit = match c {
            '0'..='9' | '.' | ',' => {
                digits.push(if c == ',' { '.' } else { c });
                continue;
            }
            'H' => 3_600,
            'M' => 60,
            'S' => 1,
            _ => return None,
        };
        let whole: u64 = digits.split('.').next()?.parse().ok()?;
        seconds = seconds.checked_add(whole.checked_mul(unit)?)?;
        digits.clear();
    }
    digits.is_empty().then(|| clock(seconds))
}

fn write_seconds(days: f64, out: &mut String) -> CellKind {
    let seconds = (days * 86_400.0).round();
    if !(0.0..1e12).contains(&seconds) {
        return write_decimal(days, out);
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number between 0 and 1e12, checked above"
    )]
    let seconds = seconds as u64;
    out.push_str(&clock(seconds));
    CellKind::Time
}

fn clock(seconds: u64) -> String {
    format!(
        "{:02}:{:02}:{:02}",
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60
    )
}

fn write_integer(negative: bool, magnitude: f64, out: &mut String) {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number below 1e15, checked by the caller"
    )]
    let mut rest = magnitude as u64;
    let mut digits = [b'0'; 20];
    let mut used = 0;
    for slot in digits.iter_mut().rev() {
        *slot = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        used += 1;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if negative {
        out.push('-');
    }
    let tail = digits.get(digits.len() - used..).unwrap_or(b"0");
    out.push_str(std::str::from_utf8(tail).unwrap_or("0"));
}

fn significant_digits(decimal: &str) -> usize {
    decimal
        .bytes()
        .filter(u8::is_ascii_digit)
        .skip_while(|digit| *digit == b'0')
        .count()
}

/// `-1.23456789012346e-5` → `-0.0000123456789012346`.
fn round_to_digits(value: f64) -> String {
    let scientific = format!("{:.*e}", DIGITS - 1, value.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_end_matches('0');
    let sign = if value < 0.0 { "-" } else { "" };
    let Ok(whole_len) = usize::try_from(exponent + 1) else {
        let zeros = "0".repeat(usize::try_from(-1 - exponent).unwrap_or(0));
        return format!("{sign}0.{zeros}{digits}");
    };
    if digits.len() <= whole_len {
        return format!("{sign}{digits:0<whole_len$}");
    }
    let (whole, fraction) = digits.split_at(whole_len);
    let whole = if whole.is_empty() { "0" } else { whole };
    format!("{sign}{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decimal(value: f64) -> (CellKind, String) {
        let mut out = String::new();
        let kind = write_decimal(value, &mut out);
        (kind, out)
    }

    #[test]
    fn numbers_are_what_the_spreadsheet_shows() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (12.0, "12"),
            (-1200.5, "-1200.5"),
            (0.1 + 0.2, "0.3"),
            (2.999_999_999_999_999_6, "3"),
            (1.1 * 3.0, "3.3"),
            (9.999_999_999_999_999e-3, "0.01"),
            (1e-7, "0.0000001"),
            (1.234_567_890_123_456_7e-5, "0.0000123456789012346"),
            (123_456_789_012.345_67, "123456789012.346"),
            (6_901_234_567_890.0, "6901234567890"),
            (999_999_999_999_999.0, "999999999999999"),
            (99_999_999_999_999.99, "100000000000000"),
        ] {
            assert_eq!(decimal(value), (CellKind::Number, text.to_owned()));
        }
    }

    #[test]
    fn canonical_texts_are_told_from_others() {
        for text in ["0", "12", "-12.5", "0.05", "123456789012345"] {
            assert!(is_canonical(text), "{text}");
        }
        for text in [
            "",
            "-",
            "-0",
            "012",
            "1.50",
            "1.",
            ".5",
            "1e3",
            "1234567890123456",
            "+1",
            "-0.0",
        ] {
            assert!(!is_canonical(text), "{text}");
        }
    }

    #[test]
    fn long_integers_say_that_they_are_inexact() {
        let (kind, text) = decimal(110_101_199_001_011_234.0);
        assert_eq!(kind, CellKind::InexactNumber);
        assert_eq!(text, "110101199001011232");
        assert_eq!(decimal(1e15).0, CellKind::InexactNumber);
        assert_eq!(decimal(f64::NAN), (CellKind::Error, "#NUM!".to_owned()));
    }

    fn date(value: f64, kind: ExcelDateTimeType, epoch_1904: bool) -> (CellKind, String) {
        let mut out = String::new();
        let kind = write_date(
            ExcelDateTime::new(value, kind, epoch_1904),
            epoch_1904,
            &mut out,
        );
        (kind, out)
    }

    #[test]
    fn dates_of_both_systems() {
        use ExcelDateTimeType::{DateTime, TimeDelta};
        let cases = [
            (46_082.0, DateTime, false, CellKind::Date, "2026-03-01"),
            (44_620.0, DateTime, true, CellKind::Date, "2026-03-01"),
            (
                46_082.354_166_666_664,
                DateTime,
                false,
                CellKind::DateTime,
                "2026-03-01T08:30:00",
            ),
            (
                46_082.999_999_999,
                DateTime,
                false,
                CellKind::Date,
                "2026-03-02",
            ),
            (
                0.354_166_666_666,
                DateTime,
                false,
                CellKind::Time,
                "08:30:00",
            ),
            (1.5, TimeDelta, false, CellKind::Time, "36:00:00"),
            (-3.0, DateTime, false, CellKind::Number, "-3"),
            (20_260_301.0, DateTime, false, CellKind::Number, "20260301"),
        ];
        for (value, kind, epoch_1904, expected, text) in cases {
            assert_eq!(date(value, kind, epoch_1904), (expected, text.to_owned()));
        }
    }

    #[test]
    fn iso_texts() {
        let date = iso_date;
        assert_eq!(
            date("2026-03-01T00:00:00.000"),
            Some((CellKind::Date, "2026-03-01".to_owned()))
        );
        assert_eq!(
            date("2026-03-01T08:30"),
            Some((CellKind::DateTime, "2026-03-01T08:30:00".to_owned()))
        );
        assert_eq!(
            date("08:30:00.000"),
            Some((CellKind::Time, "08:30:00".to_owned()))
        );
        assert_eq!(date("2026/3/1"), None);
        assert_eq!(iso_duration("PT36H05M01.5S").as_deref(), Some("36:05:01"));
        assert_eq!(iso_duration("36:05"), None);
    }

    proptest! {
        #[test]
        fn the_text_is_within_15_digits_of_the_value(value in -1e14_f64..1e14) {
            let (_, text) = decimal(value);
            let back: f64 = text.parse().unwrap();
            prop_assert!((back - value).abs() <= value.abs() * 1e-14);
            prop_assert!(significant_digits(&text) <= DIGITS);
            prop_assert!(!text.contains('e'));
        }

        #[test]
        fn canonical_texts_are_what_would_be_written(text in "-?[0-9]{1,9}(\\.[0-9]{0,8})?") {
            if is_canonical(&text) {
                prop_assert_eq!(decimal(text.parse().unwrap()), (CellKind::Number, text));
            }
        }

        #[test]
        fn what_a_person_types_comes_back(units in -99_999_999_999_i64..99_999_999_999, places in 0..6_usize) {
            let divisor = 10_i64.pow(u32::try_from(places).unwrap());
            let typed = format!(
                "{}{}.{:0places$}",
                if units < 0 { "-" } else { "" },
                units.abs() / divisor,
                units.abs() % divisor,
            );
            let typed = if places == 0 { units.to_string() } else { typed };
            let shortest = if typed.contains('.') {
                typed.trim_end_matches('0').trim_end_matches('.')
            } else {
                &typed
            };
            let shortest = if shortest == "-0" { "0" } else { shortest };
            prop_assert_eq!(decimal(typed.parse().unwrap()).1, shortest);
        }
    }
}
