//! The assessed price (考核价) of a product on a day: one selector for every figure.
//!
//! Of a product's versions the one with the latest first day not after the day counts that is not
//! revoked. A product that never had a version is priced by the master data. Without a price an
//! assessed amount is unknown, which is never zero. Not here: multiplying and rounding.

use channelflow_model::master::Product;
use channelflow_model::settlement::AssessedPrice;
use channelflow_model::{Day, Finding, Micros, Place, Severity};
use rustc_hash::FxHashMap;

use crate::timeline::Timeline;

/// Prices of all products, laid out by day.
#[derive(Debug, Clone, Default)]
pub struct Prices {
    products: FxHashMap<String, Timeline<Micros>>,
}

impl Prices {
    /// Lays out the versions, with the master data for products that have none.
    pub fn new(versions: &[AssessedPrice], products: &[Product]) -> Self {
        let mut by_product: FxHashMap<&str, Vec<&AssessedPrice>> = FxHashMap::default();
        for version in versions {
            by_product
                .entry(&version.product_id)
                .or_default()
                .push(version);
        }
        let mut laid_out: FxHashMap<String, Timeline<Micros>> = FxHashMap::default();
        for product in products {
            if let Some(price) = product.price {
                let always = Timeline::build(vec![Day::FIRST.number()], |_| Some(price));
                laid_out.insert(product.id.clone(), always);
            }
        }
        for (product, mut versions) in by_product {
            versions.retain(|version| !version.revoked);
            versions.sort_unstable_by_key(|version| (version.from, version.price));
            let cuts = versions.iter().map(|version| version.from.number());
            let line = Timeline::build(cuts.collect(), |from| {
                let begun = versions.iter().rev();
                let mut begun = begun.filter(|version| version.from.number() <= from);
                begun.next().map(|version| version.price)
            });
            laid_out.insert(product.to_owned(), line);
        }
        Prices { products: laid_out }
    }

    /// Yuan per base unit, tax included; `None`: not known.
    pub fn at(&self, product_id: &str, day: Day) -> Option<Micros> {
        self.line(product_id)?.at(day).value
    }

    /// The prices of a product by day; `None`: it never has one.
    pub(crate) fn line(&self, product_id: &str) -> Option<&Timeline<Micros>> {
        self.products.get(product_id)
    }
}

/// Versions of one product that begin on the same day and are not revoked, and prices below zero.
pub(crate) fn problems(versions: &[AssessedPrice]) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut seen: FxHashMap<(&str, Day), Micros> = FxHashMap::default();
    for version in versions.iter().filter(|version| !version.revoked) {
        let problem = |code| {
            Finding::new(code, Severity::Error, Place::default())
                .fact("product", &version.product_id)
                .fact("day", version.from)
                .fact("price", version.price)
        };
        if version.price < Micros::ZERO {
            found.push(problem("settle_price_negative"));
        }
        if let Some(other) = seen.insert((&version.product_id, version.from), version.price) {
            found.push(problem("settle_price_twice").fact("other", other));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(product: &str, from: i32, price: i64, revoked: bool) -> AssessedPrice {
        AssessedPrice {
            product_id: product.to_owned(),
            from: Day::from_number(from).unwrap(),
            price: Micros::from_units(price).unwrap(),
            revoked,
        }
    }

    #[test]
    fn the_latest_version_not_revoked_counts() {
        let product = |id: &str, price: Option<i64>| Product {
            id: id.to_owned(),
            price: price.and_then(Micros::from_units),
            ..Product::default()
        };
        let versions = [
            version("a", 20_260_401, 12, false),
            version("a", 20_260_101, 10, false),
            version("a", 20_260_301, 99, true),
            version("c", 20_260_101, 10, true),
        ];
        let master = [
            product("a", Some(7)),
            product("b", Some(8)),
            product("c", Some(9)),
            product("d", None),
        ];
        let prices = Prices::new(&versions, &master);
        for (id, day, price) in [
            ("a", 20_251_231, None),
            ("a", 20_260_101, Some(10)),
            ("a", 20_260_315, Some(10)),
            ("a", 20_260_401, Some(12)),
            ("b", 20_260_101, Some(8)),
            ("c", 20_260_201, None),
            ("d", 20_260_201, None),
            ("e", 20_260_201, None),
        ] {
            let found = prices.at(id, Day::from_number(day).unwrap());
            assert_eq!(found, price.and_then(Micros::from_units), "{id} {day}");
        }
    }

    #[test]
    fn two_versions_of_one_day_are_a_problem_unless_revoked() {
        let codes = |versions: &[AssessedPrice]| -> Vec<String> {
            let found = problems(versions);
            found.iter().map(|it| it.code.to_string()).collect()
        };
        let first = version("a", 20_260_101, 10, false);
        let again = version("a", 20_260_101, 11, false);
        let revoked = version("a", 20_260_101, 11, true);
        assert_eq!(codes(&[first.clone(), revoked]), [""; 0]);
        assert_eq!(codes(&[first, again]), ["settle_price_twice"]);
        let below = version("a", 20_260_101, -1, false);
        assert_eq!(codes(&[below]), ["settle_price_negative"]);
    }
}
