//! Exact numbers: an integer count of millionths.
//!
//! Quantities, prices and amounts are [`Micros`] everywhere. Sums that can grow use `i128` and
//! come back through [`Micros::from_i128`]. Not here: reading numbers as people type them
//! (`1,200`, `(120)`, `12盒`); that is `normalize`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Millionths of one unit (of a box, of a yuan). Range ±9.2 × 10¹² units.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Micros(pub i64);

/// Why a text is not an exact number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MicrosError {
    /// Not an optional sign, digits, at most one point.
    #[error("not a plain decimal number")]
    NotANumber,
    /// Outside ±9.2 × 10¹².
    #[error("too large for an exact number")]
    TooLarge,
}

impl Micros {
    /// Millionths in one unit.
    pub const SCALE: i64 = 1_000_000;
    /// Zero.
    pub const ZERO: Micros = Micros(0);
    /// One whole unit.
    pub const ONE: Micros = Micros(Self::SCALE);

    /// Whole units.
    pub fn from_units(units: i64) -> Option<Self> {
        units.checked_mul(Self::SCALE).map(Micros)
    }

    /// From a wide intermediate result; `None` when it does not fit.
    pub fn from_i128(micros: i128) -> Option<Self> {
        i64::try_from(micros).ok().map(Micros)
    }

    /// Sum, `None` on overflow.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Micros)
    }

    /// Difference, `None` on overflow.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Micros)
    }

    /// Negation, `None` on overflow.
    pub fn checked_neg(self) -> Option<Self> {
        self.0.checked_neg().map(Micros)
    }

    /// Product rounded half away from zero to a millionth, `None` on overflow.
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        Self::from_i128(div_round(
            i128::from(self.0) * i128::from(other.0),
            i128::from(Self::SCALE),
        ))
    }

    /// Quotient rounded half away from zero to a millionth, `None` for a zero divisor or overflow.
    pub fn checked_div(self, other: Self) -> Option<Self> {
        if other.0 == 0 {
            return None;
        }
        Self::from_i128(div_round(
            i128::from(self.0) * i128::from(Self::SCALE),
            i128::from(other.0),
        ))
    }

    /// `self × numerator ÷ denominator` in one rounding (half away from zero), as units convert.
    pub fn checked_ratio(self, numerator: i64, denominator: i64) -> Option<Self> {
        match denominator {
            0 => return None,
            // Nearly every line of every file; a division of 128 bits costs more than the rest of it.
            1 => return self.0.checked_mul(numerator).map(Micros),
            _ => {}
        }
        Self::from_i128(div_round(
            i128::from(self.0) * i128::from(numerator),
            i128::from(denominator),
        ))
    }

    /// Absolute value; the one value without a counterpart saturates.
    #[must_use]
    pub fn abs(self) -> Self {
        Micros(self.0.saturating_abs())
    }

    /// Whether this is a whole number of units.
    pub fn is_whole(self) -> bool {
        self.0 % Self::SCALE == 0
    }

    /// Exactly two decimals, rounded half away from zero, with thousands separators: `12,345.60`.
    pub fn to_money(self) -> String {
        let cents = div_round(i128::from(self.0), 10_000);
        let digits = (cents.unsigned_abs() / 100).to_string();
        let mut grouped = String::new();
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let sign = if cents < 0 { "-" } else { "" };
        format!("{sign}{grouped}.{:02}", cents.unsigned_abs() % 100)
    }
}

/// Integer division rounded half away from zero. `divisor` must not be zero.
fn div_round(dividend: i128, divisor: i128) -> i128 {
    let quotient = dividend / divisor;
    let remainder = dividend % divisor;
    if remainder.unsigned_abs() * 2 >= divisor.unsigned_abs() {
        quotient
            + if (dividend < 0) == (divisor < 0) {
                1
            } else {
                -1
            }
    } else {
        quotient
    }
}

impl FromStr for Micros {
    type Err = MicrosError;

    /// Reads `-?digits[.digits]`; digits beyond the sixth decimal round half away from zero.
    fn from_str(text: &str) -> Result<Self, MicrosError> {
        let (negative, body) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = body.split_once('.').unwrap_or((body, ""));
        if whole.is_empty() && fraction.is_empty() {
            return Err(MicrosError::NotANumber);
        }
        let mut value: i128 = 0;
        for digit in whole.bytes() {
            value = push_digit(value, digit)?;
        }
        let mut round_up = false;
        for (place, digit) in fraction.bytes().enumerate() {
            if place < 6 {
                value = push_digit(value, digit)?;
            } else if !digit.is_ascii_digit() {
                return Err(MicrosError::NotANumber);
            } else if place == 6 {
                round_up = digit >= b'5';
            }
        }
        for _ in fraction.len().min(6)..6 {
            value *= 10;
        }
        value += i128::from(round_up);
        Micros::from_i128(if negative { -value } else { value }).ok_or(MicrosError::TooLarge)
    }
}

fn push_digit(value: i128, digit: u8) -> Result<i128, MicrosError> {
    if !digit.is_ascii_digit() {
        return Err(MicrosError::NotANumber);
    }
    if value > i128::from(i64::MAX) {
        return Err(MicrosError::TooLarge);
    }
    Ok(value * 10 + i128::from(digit - b'0'))
}

impl fmt::Display for Micros {
    /// Shortest exact text: `12`, `-0.5`, `3.141593`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        let scale = Self::SCALE.unsigned_abs();
        let (whole, fraction) = (magnitude / scale, magnitude % scale);
        let sign = if self.0 < 0 { "-" } else { "" };
        if fraction == 0 {
            return write!(f, "{sign}{whole}");
        }
        let digits = format!("{fraction:06}");
        write!(f, "{sign}{whole}.{}", digits.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints_exactly() {
        for (text, micros, shown) in [
            ("0", 0, "0"),
            ("-0.5", -500_000, "-0.5"),
            ("12.", 12_000_000, "12"),
            (".25", 250_000, "0.25"),
            ("1.0000005", 1_000_001, "1.000001"),
            ("1.00000049", 1_000_000, "1"),
            ("-2.3456785", -2_345_679, "-2.345679"),
            ("9223372036854.775807", i64::MAX, "9223372036854.775807"),
        ] {
            let value: Micros = text.parse().unwrap();
            assert_eq!(value, Micros(micros), "{text}");
            assert_eq!(value.to_string(), shown);
        }
        for text in ["", "-", ".", "1,2", "1e3", "12a", "1.2.3", "１"] {
            assert_eq!(
                text.parse::<Micros>(),
                Err(MicrosError::NotANumber),
                "{text}"
            );
        }
        assert_eq!(
            "9223372036855".parse::<Micros>(),
            Err(MicrosError::TooLarge)
        );
        assert_eq!("9".repeat(60).parse::<Micros>(), Err(MicrosError::TooLarge));
    }

    #[test]
    fn multiplies_and_divides_with_one_rounding() {
        let m = |text: &str| text.parse::<Micros>().unwrap();
        assert_eq!(m("2.5").checked_mul(m("-1.3")), Some(m("-3.25")));
        assert_eq!(m("10").checked_div(m("3")), Some(m("3.333333")));
        assert_eq!(m("-10").checked_div(m("6")), Some(m("-1.666667")));
        assert_eq!(m("101").checked_ratio(3, 5), Some(m("60.6")));
        assert_eq!(m("1").checked_div(Micros::ZERO), None);
        assert_eq!(Micros(i64::MAX).checked_add(Micros(1)), None);
    }

    #[test]
    fn money_has_two_decimals_and_groups() {
        for (micros, shown) in [
            (0, "0.00"),
            (12_345_605_000, "12,345.61"),
            (-1_000_000_000_000, "-1,000,000.00"),
            (999_994_999, "999.99"),
        ] {
            assert_eq!(Micros(micros).to_money(), shown);
        }
    }
}
