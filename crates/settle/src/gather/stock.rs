//! What distributors reported as stock and as bought, by product and day. Not here: what a policy
//! makes of it.

use std::collections::BTreeMap;

use channelflow_model::settlement::Fold;
use channelflow_model::{Day, DayRange, FlowKind, LineFlags};
use rust_decimal::Decimal;

use super::sums::exact;

/// Stock and purchases by distributor.
#[derive(Debug, Clone, Default)]
pub struct Stock {
    reported: BTreeMap<(String, Day), BTreeMap<String, i128>>,
    bought: BTreeMap<(String, String), BTreeMap<Day, Bought>>,
}

/// What was bought, in millionths.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bought {
    /// Base units.
    pub(super) quantity: i128,
    /// Yuan, tax included.
    pub(super) amount: i128,
    /// Yuan reported without tax.
    pub(super) without_tax: i128,
}

impl Stock {
    /// Adds an inventory or purchase fold.
    pub fn add(&mut self, fold: &Fold) {
        for entry in &fold.entries {
            let Some(product) = fold.products.get(entry.product as usize) else {
                continue;
            };
            let quantity = i128::from(entry.quantity.0);
            let distributor = fold.distributor_id.clone();
            match fold.kind {
                FlowKind::Inventory => {
                    let of_day = self.reported.entry((distributor, entry.day)).or_default();
                    *of_day.entry(product.clone()).or_default() += quantity;
                }
                FlowKind::Purchase => {
                    let by_day = self.bought.entry((distributor, product.clone()));
                    let sums = by_day.or_default().entry(entry.day).or_default();
                    sums.quantity += quantity;
                    let yuan = i128::from(entry.amount.0);
                    if entry.flags.has(LineFlags::AMOUNT_EX_TAX) {
                        sums.without_tax += yuan;
                    } else {
                        sums.amount += yuan;
                    }
                }
                FlowKind::Sale => {}
            }
        }
    }

    /// Base units in stock at the end of a day; `None` when nothing was reported for it. A report
    /// that does not name a product says that there is none.
    pub(super) fn at(&self, distributor: &str, product: &str, day: Day) -> Option<Decimal> {
        let of_day = self.reported.get(&(distributor.to_owned(), day))?;
        exact(of_day.get(product).copied().unwrap_or(0))
    }

    /// What was bought from one day to another, both included.
    pub(super) fn bought(&self, distributor: &str, product: &str, days: DayRange) -> Bought {
        let key = (distributor.to_owned(), product.to_owned());
        let by_day = self.bought.get(&key);
        let within = by_day.map(|by_day| by_day.range(days.first..=days.last));
        within
            .into_iter()
            .flatten()
            .fold(Bought::default(), |sum, (_, it)| Bought {
                quantity: sum.quantity + it.quantity,
                amount: sum.amount + it.amount,
                without_tax: sum.without_tax + it.without_tax,
            })
    }
}
