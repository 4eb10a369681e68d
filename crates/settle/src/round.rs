//! Rounding, in one place: every line of a statement once, by the rule its policy names.
//!
//! Here are also the exact operations evaluation is written in: what does not fit is a reason to
//! hold the line, never a panic and never a wrong figure.

use channelflow_model::Micros;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use crate::evaluate::Reason;

/// How a line of a statement is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rounding {
    /// What happens to the half.
    pub mode: RoundingMode,
    /// Digits that stay, 0 to 6.
    pub digits: u32,
}

impl Default for Rounding {
    fn default() -> Self {
        Rounding {
            mode: RoundingMode::HalfUp,
            digits: 2,
        }
    }
}

/// What happens to the half.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundingMode {
    /// 四舍五入: away from zero.
    HalfUp,
    /// 四舍六入五成双: to the even neighbour.
    HalfEven,
    /// 舍去: towards zero, whatever is cut off.
    Down,
}

impl RoundingMode {
    /// The word in files, tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            RoundingMode::HalfUp => "half_up",
            RoundingMode::HalfEven => "half_even",
            RoundingMode::Down => "down",
        }
    }
}

impl Rounding {
    /// The amount of a line; held when it is too large to be stored exactly.
    pub fn line(self, exact: Decimal) -> Result<Decimal, Reason> {
        let strategy = match self.mode {
            RoundingMode::HalfUp => RoundingStrategy::MidpointAwayFromZero,
            RoundingMode::HalfEven => RoundingStrategy::MidpointNearestEven,
            RoundingMode::Down => RoundingStrategy::ToZero,
        };
        let rounded = exact
            .round_dp_with_strategy(self.digits, strategy)
            .normalize();
        to_micros(rounded).map(|_| rounded).ok_or_else(too_large)
    }
}

/// A rounded amount as it is stored; `None` when it does not fit or has more than six decimals.
pub fn to_micros(amount: Decimal) -> Option<Micros> {
    let micros = amount.checked_mul(Decimal::from(Micros::SCALE))?;
    if !micros.fract().is_zero() {
        return None;
    }
    i64::try_from(micros).ok().map(Micros)
}

/// Sums beyond this lose decimals, so that their order would matter; no figure comes near it.
const LARGEST: i64 = 1_000_000_000_000_000_000;

/// Sum; `None` when it would not be exact.
pub(crate) fn exact_sum(a: Decimal, b: Decimal) -> Option<Decimal> {
    let fits = |value: Decimal| value.abs() <= Decimal::from(LARGEST);
    if fits(a) && fits(b) {
        a.checked_add(b)
    } else {
        None
    }
}

/// Sum.
pub(crate) fn add(a: Decimal, b: Decimal) -> Result<Decimal, Reason> {
    exact_sum(a, b).ok_or_else(too_large)
}

/// Difference.
pub(crate) fn sub(a: Decimal, b: Decimal) -> Result<Decimal, Reason> {
    exact_sum(a, -b).ok_or_else(too_large)
}

/// Product.
pub(crate) fn mul(a: Decimal, b: Decimal) -> Result<Decimal, Reason> {
    a.checked_mul(b).ok_or_else(too_large)
}

/// Quotient; a zero divisor is as hopeless as an overflow.
pub(crate) fn div(a: Decimal, b: Decimal) -> Result<Decimal, Reason> {
    a.checked_div(b).ok_or_else(too_large)
}

fn too_large() -> Reason {
    Reason::new("policy_held_too_large")
}
