//! The balance of a month: boxes nobody can explain, over all distributors that report stock.
//!
//! Opening stock + purchases − sales − closing stock, by distributor and product (domain rule 8);
//! the last stock reported in the month before and in the month are the ends. A distributor that
//! lacks either is left out: its balance is not known.

use std::collections::BTreeMap;

use channelflow_model::settlement::Fold;
use channelflow_model::{Day, FlowKind, LineFlags, Micros, Period};
use channelflow_settle::price::Prices;
use channelflow_warehouse::{FoldFilter, Warehouse};

use super::inputs::{Inputs, back};

/// Millionths of base units by product.
type Boxes = BTreeMap<String, i128>;

/// The same by day.
type Stocks = BTreeMap<Day, Boxes>;

/// What one distributor had, got, gave and has.
#[derive(Default)]
struct Month {
    open: Stocks,
    got: Boxes,
    gave: Boxes,
    close: Stocks,
}

/// What cannot be explained in a month, in millionths.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Difference {
    /// Boxes, whatever their sign.
    pub(super) boxes: i128,
    /// Boxes that were there: opening stock and purchases.
    pub(super) there: i128,
    /// Yuan of the boxes by the assessed price at the end of the month; of products without one nothing.
    pub(super) yuan: i128,
}

/// What cannot be explained, by these prices.
pub(super) async fn difference(
    warehouse: &Warehouse,
    inputs: &Inputs,
    prices: &Prices,
) -> anyhow::Result<Difference> {
    let before = back(inputs.period, 1);
    let mut months: BTreeMap<String, Month> = BTreeMap::new();
    for (kind, first) in [
        (FlowKind::Inventory, before),
        (FlowKind::Purchase, inputs.period),
        (FlowKind::Sale, inputs.period),
    ] {
        let filter = FoldFilter {
            kind,
            business: Some((first, inputs.period)),
            booking: Some((Period::FIRST, inputs.period)),
            distributors: None,
        };
        let mut receive = |stored: channelflow_warehouse::StoredFold| {
            let fold = stored.decode()?;
            let month = months.entry(fold.distributor_id.clone()).or_default();
            match kind {
                FlowKind::Inventory if fold.business_period == before => {
                    add_stock(&mut month.open, &fold);
                }
                FlowKind::Inventory => add_stock(&mut month.close, &fold),
                FlowKind::Purchase => add(&mut month.got, &fold),
                FlowKind::Sale => add(&mut month.gave, &fold),
            }
            Ok(())
        };
        warehouse.folds(filter, &mut receive).await?;
    }
    let ends = inputs.rule.days_of(inputs.period).map(|days| days.last);
    let price = |product: &String| ends.and_then(|day| prices.at(product, day));
    let mut sums = Difference::default();
    for month in months.into_values() {
        let last = |stocks: Stocks| stocks.into_iter().next_back().map(|(_, boxes)| boxes);
        let (Some(open), Some(close)) = (last(month.open), last(month.close)) else {
            continue;
        };
        let of = |boxes: &Boxes, product: &String| boxes.get(product).copied().unwrap_or(0);
        let mut products: Vec<&String> = open.keys().collect();
        products.extend(
            month
                .got
                .keys()
                .chain(month.gave.keys())
                .chain(close.keys()),
        );
        products.sort_unstable();
        products.dedup();
        for product in products {
            let there = of(&open, product) + of(&month.got, product);
            let computed = there - of(&month.gave, product);
            let boxes = (computed - of(&close, product)).abs();
            sums.boxes += boxes;
            sums.there += there.max(0);
            let price = price(product).map_or(0, |price| i128::from(price.0));
            sums.yuan += boxes * price / i128::from(Micros::ONE.0);
        }
    }
    Ok(sums)
}

/// Adds the stock of every day the fold has.
fn add_stock(stocks: &mut Stocks, fold: &Fold) {
    for entry in &fold.entries {
        if let Some(product) = fold.products.get(entry.product as usize) {
            let of_day = stocks.entry(entry.day).or_default();
            *of_day.entry(product.clone()).or_default() += i128::from(entry.quantity.0);
        }
    }
}

/// Everything that moved boxes; losses and finds (报损, 盘盈) are reported with their sign.
fn add(boxes: &mut Boxes, fold: &Fold) {
    for entry in &fold.entries {
        if entry.flags.has(LineFlags::PRICE_ADJUSTMENT) {
            continue;
        }
        if let Some(product) = fold.products.get(entry.product as usize) {
            *boxes.entry(product.clone()).or_default() += i128::from(entry.quantity.0);
        }
    }
}
