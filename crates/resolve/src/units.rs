//! From the reported unit to the base unit: an exact factor or none.
//!
//! A conversion comes from a person (alias), from the master data (件装量, pieces in a pack) or from
//! the reported 件装量 where it contradicts nothing. What only a spec suggests is no conversion: it
//! can contradict one. A unit that nothing explains is held, never guessed.

use channelflow_model::flow::{Factor, ReportedProduct};
use channelflow_model::master::Product;
use channelflow_model::text::{clean, key};

use crate::spec::{CASES, Pack};

/// The canonical word for a shipping case.
const CASE: &str = "件";

/// Spellings of one unit.
const SYNONYMS: [(&str, &str); 10] = [
    ("小盒", "盒"),
    ("盒装", "盒"),
    ("box", "盒"),
    ("瓶装", "瓶"),
    ("枝", "支"),
    ("袋装", "袋"),
    ("支装", "支"),
    ("件装", CASE),
    ("ctn", CASE),
    ("case", CASE),
];

/// Conversions the deciding aliases give.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AliasFactor {
    /// Given for exactly the reported unit.
    pub for_unit: Option<Factor>,
    /// Given without a unit.
    pub any_unit: Option<Factor>,
    /// Two aliases of equal weight give different ones.
    pub conflict: bool,
}

/// Conversions a product's master data gives, checked once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductUnits {
    base: String,
    small: String,
    per_base: Stated,
    case: Stated,
}

/// A number of the master data, held against the spec.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Stated {
    #[default]
    No,
    Yes(i64),
    /// The spec says another one.
    Contradicted,
}

impl Stated {
    fn new(number: i64, spec: Option<i64>) -> Self {
        match spec {
            _ if number <= 0 => Stated::No,
            Some(other) if other != number => Stated::Contradicted,
            _ => Stated::Yes(number),
        }
    }
}

impl ProductUnits {
    /// From a product and its spec.
    pub fn new(product: &Product, pack: &Pack) -> Self {
        let base = unit_key(&product.base_unit);
        let small = unit_key(&product.small_unit);
        let container = unit_key(&pack.container);
        // A spec that counts into something else than the base unit says nothing about it.
        let counts_base = container.is_empty() || container == base;
        let pieces = pack.pieces(&small).filter(|_| counts_base);
        let case_size = pack.case_size.filter(|_| counts_base);
        ProductUnits {
            per_base: Stated::new(product.units_per_base, pieces),
            case: Stated::new(product.case_size, case_size),
            base,
            small,
        }
    }

    /// Whether the spec contradicts the numbers beside it.
    pub fn contradictory(&self) -> bool {
        [self.per_base, self.case].contains(&Stated::Contradicted)
    }

    /// Base units per reported unit; `None` when that is not known.
    pub fn factor(&self, reported: &ReportedProduct, alias: AliasFactor) -> Option<Factor> {
        if alias.conflict {
            return None;
        }
        if let Some(factor) = alias.for_unit {
            return Some(factor);
        }
        let unit = unit_key(&reported.unit);
        if unit.is_empty() {
            return Some(alias.any_unit.unwrap_or(Factor::ONE));
        }
        if unit == self.base {
            return Some(Factor::ONE);
        }
        if let Some(factor) = alias.any_unit {
            return Some(factor);
        }
        if unit == CASE {
            return self.case_factor(&reported.pack_size);
        }
        match self.per_base {
            Stated::Yes(pieces) if unit == self.small => Some(Factor {
                numerator: 1,
                denominator: pieces,
            }),
            _ => None,
        }
    }

    /// Master data and the file must not disagree about 件装量.
    fn case_factor(&self, reported: &str) -> Option<Factor> {
        let size = match (self.case, read_pack_size(reported)) {
            (Stated::Contradicted, _) => return None,
            (Stated::Yes(size), Some(other)) if size != other => return None,
            (Stated::Yes(size), _) => size,
            (Stated::No, reported) => reported?,
        };
        Some(Factor {
            numerator: size,
            denominator: 1,
        })
    }
}

/// Canonical word of a unit; an unknown one stands for itself.
pub fn unit_key(unit: &str) -> String {
    let unit = key(unit);
    if CASES.contains(&&*unit) {
        return CASE.to_owned();
    }
    SYNONYMS
        .iter()
        .find(|(spelling, _)| *spelling == unit)
        .map_or(unit, |(_, word)| (*word).to_owned())
}

/// 件装量 as reported: `400`, `400.00`, `400盒/件`. Anything else, and zero, says nothing.
pub fn read_pack_size(text: &str) -> Option<i64> {
    let text = clean(text).replace(',', "");
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, tail) = text.split_at_checked(end)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let worded = tail
        .chars()
        .all(|c| c.is_alphabetic() || c == '/' || c == ' ');
    if !worded || fraction.bytes().any(|digit| digit != b'0') {
        return None;
    }
    whole.parse().ok().filter(|size| *size > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::parse_spec;

    fn units(spec: &str, case_size: i64, units_per_base: i64) -> ProductUnits {
        let product = Product {
            base_unit: "盒".into(),
            small_unit: "粒".into(),
            case_size,
            units_per_base,
            ..Product::default()
        };
        ProductUnits::new(&product, &parse_spec(spec))
    }

    /// Factor as text: `400`, `1/24`, `?`.
    fn factor(units: &ProductUnits, unit: &str, pack_size: &str, alias: AliasFactor) -> String {
        let reported = ReportedProduct {
            unit: unit.into(),
            pack_size: pack_size.into(),
            ..ReportedProduct::default()
        };
        match units.factor(&reported, alias) {
            None => "?".into(),
            Some(factor) if factor.denominator == 1 => factor.numerator.to_string(),
            Some(factor) => format!("{}/{}", factor.numerator, factor.denominator),
        }
    }

    #[test]
    fn units_convert_by_master_data_or_not_at_all() {
        let full = units("0.25g*12粒*2板/盒", 400, 24);
        let bare = units("", 0, 0);
        let unsaid = units("0.25g*12粒*2板/盒*400盒/件", 0, 0);
        for (units, unit, pack_size, expected) in [
            (&full, "盒", "", "1"),
            (&full, "小盒", "", "1"),
            (&full, "", "", "1"),
            (&full, "件", "", "400"),
            (&full, "箱", "400盒/件", "400"),
            (&full, "件", "300", "?"),
            (&full, "粒", "", "1/24"),
            (&full, "板", "", "?"),
            (&unsaid, "粒", "", "?"),
            (&unsaid, "件", "", "?"),
            (&full, "瓶", "", "?"),
            (&bare, "件", "", "?"),
            (&bare, "件", "200.00", "200"),
            (&bare, "件", "0", "?"),
            (&bare, "粒", "", "?"),
        ] {
            let found = factor(units, unit, pack_size, AliasFactor::default());
            assert_eq!(found, expected, "{unit} {pack_size}");
        }
    }

    #[test]
    fn a_product_that_contradicts_itself_does_not_convert() {
        let odd = units("0.25g*12粒*2板/盒*300盒/件", 400, 12);
        assert!(odd.contradictory());
        for unit in ["粒", "板", "件"] {
            assert_eq!(
                factor(&odd, unit, "", AliasFactor::default()),
                "?",
                "{unit}"
            );
        }
        assert_eq!(factor(&odd, "盒", "", AliasFactor::default()), "1");
    }

    #[test]
    fn a_persons_factor_wins_but_does_not_touch_the_base_unit() {
        let full = units("", 400, 24);
        let alias = AliasFactor {
            any_unit: Some(Factor {
                numerator: 300,
                denominator: 1,
            }),
            ..AliasFactor::default()
        };
        assert_eq!(factor(&full, "件", "", alias), "300");
        assert_eq!(factor(&full, "", "", alias), "300");
        assert_eq!(factor(&full, "盒", "", alias), "1");
        let exact = AliasFactor {
            for_unit: alias.any_unit,
            ..AliasFactor::default()
        };
        assert_eq!(factor(&full, "盒", "", exact), "300");
        let torn = AliasFactor {
            conflict: true,
            ..alias
        };
        assert_eq!(factor(&full, "件", "", torn), "?");
    }

    #[test]
    fn pack_sizes_are_read_strictly() {
        for (text, size) in [
            ("400", Some(400)),
            ("1,200.0", Some(1200)),
            ("400 盒/件", Some(400)),
            ("0", None),
            ("2.5", None),
            ("10*40", None),
            ("-", None),
        ] {
            assert_eq!(read_pack_size(text), size, "{text}");
        }
    }
}
