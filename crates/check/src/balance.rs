//! 进销存 balance: what should be in stock against what is reported.
//!
//! `computed close = open + in − out`, `difference = computed − (reported stock + in transit)`.
//! In are purchases, transfers in and customer returns; out are sales, transfers out, returns to
//! suppliers and losses. Which lines those are, and for which days, is the caller's question.

use std::collections::BTreeMap;

use channelflow_model::Micros;

/// Sums of one product and lot over the days in question, in base units.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Movement {
    /// Product.
    pub product_id: String,
    /// Canonical lot; empty when it is not reported.
    pub lot: String,
    /// Stock at the beginning.
    pub open: Micros,
    /// Came in.
    pub received: Micros,
    /// Went out, returns netted.
    pub sold: Micros,
    /// Stock reported at the end.
    pub stock: Micros,
    /// On its way at the end.
    pub in_transit: Micros,
}

/// The balance of one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// Product.
    pub product_id: String,
    /// `open + in − out`.
    pub computed: Micros,
    /// Computed less reported stock and transit: what cannot be explained.
    pub difference: Micros,
    /// `|difference| ÷ max(open + in, 1)`.
    pub ratio: Micros,
    /// Lots that do not balance, with their difference. When the product does, lots were
    /// mislabelled; nothing is missing.
    pub lots: Vec<(String, Micros)>,
}

impl Balance {
    /// Lots do not balance, the product does.
    pub fn is_mislabelling(&self) -> bool {
        self.difference == Micros::ZERO && !self.lots.is_empty()
    }
}

/// A sum is too large to be exact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the quantities of product `{product_id}` are too large to be added exactly")]
pub struct BalanceError {
    /// Product.
    pub product_id: String,
}

/// Balances every product, ascending by id. Several movements of one lot are added.
pub fn balance(movements: &[Movement]) -> Result<Vec<Balance>, BalanceError> {
    let mut products: BTreeMap<&str, Sums<'_>> = BTreeMap::new();
    for movement in movements {
        products
            .entry(&movement.product_id)
            .or_default()
            .add(movement);
    }
    products
        .into_iter()
        .map(|(product_id, sums)| {
            sums.balance(product_id).ok_or_else(|| BalanceError {
                product_id: product_id.to_owned(),
            })
        })
        .collect()
}

/// Wide sums of one product.
#[derive(Default)]
struct Sums<'m> {
    available: i128,
    computed: i128,
    difference: i128,
    lots: BTreeMap<&'m str, i128>,
}

impl<'m> Sums<'m> {
    fn add(&mut self, movement: &'m Movement) {
        let available = i128::from(movement.open.0) + i128::from(movement.received.0);
        let computed = available - i128::from(movement.sold.0);
        let difference =
            computed - i128::from(movement.stock.0) - i128::from(movement.in_transit.0);
        self.available += available;
        self.computed += computed;
        self.difference += difference;
        *self.lots.entry(&movement.lot).or_default() += difference;
    }

    fn balance(self, product_id: &str) -> Option<Balance> {
        let difference = Micros::from_i128(self.difference)?;
        let base = Micros::from_i128(self.available)?.max(Micros::ONE);
        let mut lots = Vec::new();
        for (lot, sum) in self.lots {
            if sum != 0 && !lot.is_empty() {
                lots.push((lot.to_owned(), Micros::from_i128(sum)?));
            }
        }
        Some(Balance {
            product_id: product_id.to_owned(),
            computed: Micros::from_i128(self.computed)?,
            difference,
            ratio: difference.abs().checked_div(base)?,
            lots,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn units(units: i64) -> Micros {
        Micros::from_units(units).unwrap()
    }

    fn movement(lot: &str, [open, received, sold, stock]: [i64; 4]) -> Movement {
        Movement {
            product_id: "P1".into(),
            lot: lot.into(),
            open: units(open),
            received: units(received),
            sold: units(sold),
            stock: units(stock),
            in_transit: Micros::ZERO,
        }
    }

    #[test]
    fn ten_boxes_cannot_be_explained() {
        // Out 620 is 640 sold less 20 returned.
        let found = balance(&[movement("", [200, 500, 640 - 20, 70])]).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].computed, units(80));
        assert_eq!(found[0].difference, units(10));
        assert_eq!(found[0].ratio.to_string(), "0.014286");
        assert!(!found[0].is_mislabelling());
    }

    #[test]
    fn lots_that_cancel_are_mislabelled() {
        let found = balance(&[
            movement("A1", [100, 0, 30, 60]),
            movement("B2", [100, 0, 30, 80]),
            movement("C3", [0, 50, 50, 0]),
        ])
        .unwrap();
        assert_eq!(found[0].difference, Micros::ZERO);
        assert_eq!(
            found[0].lots,
            [("A1".to_owned(), units(10)), ("B2".to_owned(), units(-10))]
        );
        assert!(found[0].is_mislabelling());
    }

    #[test]
    fn sums_too_large_are_an_error_not_a_number() {
        let mut huge = movement("", [0, 0, 0, 0]);
        huge.open = Micros(i64::MAX);
        let error = balance(&[huge.clone(), huge]).unwrap_err();
        assert_eq!(error.product_id, "P1");
    }

    proptest! {
        #[test]
        fn splitting_and_reordering_movements_changes_nothing(
            parts in prop::collection::vec((0_u8..3, prop::array::uniform4(-500_i64..500)), 1..12)
        ) {
            let movements: Vec<Movement> = parts
                .iter()
                .map(|(lot, sums)| movement(&lot.to_string(), *sums))
                .collect();
            let mut split: Vec<Movement> = movements
                .iter()
                .flat_map(|whole| {
                    let mut some = movement(&whole.lot, [0, 1, -2, 3]);
                    let mut rest = whole.clone();
                    rest.received = whole.received.checked_sub(some.received).unwrap();
                    rest.sold = whole.sold.checked_sub(some.sold).unwrap();
                    rest.stock = whole.stock.checked_sub(some.stock).unwrap();
                    some.in_transit = Micros::ZERO;
                    [some, rest]
                })
                .collect();
            split.reverse();
            prop_assert_eq!(balance(&movements), balance(&split));
        }
    }
}
