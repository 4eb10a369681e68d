//! Exact amounts: what a strength says, whatever unit it is written in. No floating point: two
//! strengths are the same or they are not.

use serde::Deserialize;

/// What an amount measures. Amounts of different measures are never the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Nanograms.
    Mass,
    /// Microlitres.
    Volume,
    /// International units.
    Activity,
    /// Germs (CFU).
    Germs,
    /// Hundredths of the whole, as it is written: it could not be multiplied out.
    Percent,
    /// Micromoles.
    Moles,
    /// Kilocalories.
    Energy,
    /// Megabecquerels.
    Radiation,
    /// Millimetres.
    Length,
    /// Square centimetres.
    Area,
    /// A number whose unit was not written (`0.2*20片`).
    Bare,
}

/// A positive fraction in lowest terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ratio {
    numerator: u64,
    denominator: u64,
}

impl Ratio {
    /// A fraction; `None` for zero, for division by zero and for what does not fit.
    pub fn new(numerator: u128, denominator: u128) -> Option<Self> {
        if numerator == 0 || denominator == 0 {
            return None;
        }
        let divisor = common_divisor(numerator, denominator);
        Some(Ratio {
            numerator: u64::try_from(numerator / divisor).ok()?,
            denominator: u64::try_from(denominator / divisor).ok()?,
        })
    }

    /// A whole number.
    pub fn whole(number: u64) -> Option<Self> {
        Ratio::new(u128::from(number), 1)
    }

    /// Reads `12`, `0.25`, `.5`, `10.0`, `1,000`; nothing else.
    pub fn read(text: impl Iterator<Item = char>) -> Option<Self> {
        let (mut numerator, mut denominator) = (0_u128, 1_u128);
        let (mut point, mut digits) = (false, 0);
        for c in text {
            match c {
                '0'..='9' => {
                    digits += 1;
                    if digits > 18 {
                        return None;
                    }
                    numerator = numerator * 10 + u128::from(c.to_digit(10)?);
                    if point {
                        denominator *= 10;
                    }
                }
                '.' if !point => point = true,
                ',' if !point => {}
                _ => return None,
            }
        }
        Ratio::new(numerator, denominator)
    }

    /// The product, if it fits.
    pub fn times(self, other: Ratio) -> Option<Self> {
        Ratio::new(
            u128::from(self.numerator) * u128::from(other.numerator),
            u128::from(self.denominator) * u128::from(other.denominator),
        )
    }

    /// The quotient, if it fits.
    pub fn over(self, other: Ratio) -> Option<Self> {
        self.times(Ratio {
            numerator: other.denominator,
            denominator: other.numerator,
        })
    }

    /// The number, if it is whole.
    pub fn as_whole(self) -> Option<u64> {
        (self.denominator == 1).then_some(self.numerator)
    }

    /// Whether it is the smaller of two.
    pub fn less_than(self, other: Ratio) -> bool {
        u128::from(self.numerator) * u128::from(other.denominator)
            < u128::from(other.numerator) * u128::from(self.denominator)
    }

    /// As a decimal number, or as a fraction where decimals do not end.
    pub fn show(self) -> String {
        let mut scale = 1_u64;
        for places in 0..=9_usize {
            let scaled = u128::from(self.numerator) * u128::from(scale);
            let denominator = u128::from(self.denominator);
            if scaled.is_multiple_of(denominator) {
                let scaled = scaled / denominator;
                let (whole, rest) = (scaled / u128::from(scale), scaled % u128::from(scale));
                return if places == 0 {
                    whole.to_string()
                } else {
                    format!("{whole}.{rest:0places$}")
                };
            }
            scale *= 10;
        }
        format!("{}/{}", self.numerator, self.denominator)
    }
}

fn common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

/// An amount in the smallest unit of its measure: 0.25g and 250mg are both 250,000,000 ng.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount {
    /// What is measured.
    pub measure: Measure,
    /// How much.
    pub value: Ratio,
}

impl Amount {
    /// As a person writes it: in the unit that gives a short number.
    pub fn show(self) -> String {
        let units: &[(&str, u64)] = match self.measure {
            Measure::Mass => &[
                ("g", 1_000_000_000),
                ("mg", 1_000_000),
                ("ug", 1_000),
                ("ng", 1),
            ],
            Measure::Volume => &[("ml", 1_000), ("ul", 1)],
            Measure::Activity => &[("万IU", 10_000), ("IU", 1)],
            Measure::Germs => &[("亿CFU", 100_000_000), ("CFU", 1)],
            Measure::Percent => &[("%", 1)],
            Measure::Moles => &[("mmol", 1_000), ("umol", 1)],
            Measure::Energy => &[("kcal", 1)],
            Measure::Radiation => &[("MBq", 1)],
            Measure::Length => &[("cm", 10), ("mm", 1)],
            Measure::Area => &[("cm²", 1)],
            Measure::Bare => &[("", 1)],
        };
        let fits = |scale: u64| Ratio::whole(scale).is_some_and(|one| !self.value.less_than(one));
        let (word, scale) = units
            .iter()
            .find(|(_, scale)| fits(*scale))
            .or(units.last())
            .copied()
            .unwrap_or(("", 1));
        let number = Ratio::whole(scale).and_then(|scale| self.value.over(scale));
        format!("{}{word}", number.unwrap_or(self.value).show())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Option<Ratio> {
        Ratio::read(text.chars())
    }

    #[test]
    fn numbers_are_read_exactly() {
        for (text, shown) in [
            ("12", "12"),
            ("0.25", "0.25"),
            ("10.0", "10"),
            (".5", "0.5"),
            ("1,000", "1000"),
        ] {
            assert_eq!(
                read(text).map(Ratio::show).as_deref(),
                Some(shown),
                "{text}"
            );
        }
        for text in ["", "0", "0.0", "1.2.3", "x", "9999999999999999999"] {
            assert_eq!(read(text), None, "{text}");
        }
        let third = Ratio::new(2, 6).unwrap();
        assert_eq!(third.show(), "1/3");
        assert_eq!(third.times(Ratio::whole(3).unwrap()), Ratio::whole(1));
    }

    #[test]
    fn amounts_are_shown_in_the_unit_that_fits() {
        for (measure, value, shown) in [
            (Measure::Mass, 250_000_000, "250mg"),
            (Measure::Mass, 1_500_000_000, "1.5g"),
            (Measure::Volume, 10_000, "10ml"),
            (Measure::Activity, 200_000, "20万IU"),
            (Measure::Activity, 60, "60IU"),
        ] {
            let value = Ratio::whole(value).unwrap();
            assert_eq!(Amount { measure, value }.show(), shown);
        }
    }

    proptest! {
        #[test]
        fn multiplying_and_dividing_comes_back(a in 1_u64..1_000_000, b in 1_u64..1_000_000) {
            let (a, b) = (Ratio::whole(a).unwrap(), Ratio::whole(b).unwrap());
            prop_assert_eq!(a.times(b).unwrap().over(b), Some(a));
        }
    }
}
