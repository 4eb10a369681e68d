//! A table folded to its distinct (product, lot) pairs: what the lot checks look at. Millions of
//! lines become some hundreds of pairs.

use channelflow_model::Day;
use channelflow_model::flow::ResolvedTable;
use rustc_hash::FxHashMap;

/// A product with one reported lot. Ascending by product, canonical lot, lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pair {
    /// Index of the first match with the product's id.
    pub(crate) product: u32,
    /// Index of the first lot with the same canonical text.
    pub(crate) lot_key: u32,
    /// Index of the lot.
    pub(crate) lot: u32,
    /// Its first line.
    pub(crate) line: u32,
    /// Lines with a positive quantity on a day after the expiry.
    pub(crate) after_expiry: u32,
    /// The first of them.
    pub(crate) after_expiry_line: u32,
}

/// The pairs of all lines whose product is known and that name a lot.
pub(crate) fn pairs(table: &ResolvedTable) -> Vec<Pair> {
    let flow = &table.flow;
    let products = first_of(
        table
            .matches
            .iter()
            .map(|found| found.as_ref().map(|found| &*found.id)),
    );
    let lot_keys = first_of(
        flow.lots
            .iter()
            .map(|lot| Some(&*lot.lot).filter(|text| !text.is_empty())),
    );
    let at = |indexes: &[u32], index: u32| indexes.get(index as usize).copied().unwrap_or(0);
    let expiries: Vec<i32> = flow
        .lots
        .iter()
        .map(|lot| lot.expiry.map_or(i32::MAX, Day::number))
        .collect();
    let mut folded: FxHashMap<u64, Pair> = FxHashMap::default();
    let lines = table.matched_product.iter().zip(&flow.lot);
    let when = flow.day.iter().zip(&flow.quantity);
    for (((matched, lot), (day, quantity)), line) in lines.zip(when).zip(0_u32..) {
        let (product, lot_key) = (at(&products, *matched), at(&lot_keys, *lot));
        if product == 0 || lot_key == 0 {
            continue;
        }
        let pair = folded
            .entry(u64::from(product) << 32 | u64::from(*lot))
            .or_insert(Pair {
                product,
                lot_key,
                lot: *lot,
                line,
                after_expiry: 0,
                after_expiry_line: 0,
            });
        let expiry = expiries.get(*lot as usize).copied().unwrap_or(i32::MAX);
        if day.number() > expiry && quantity.0 > 0 {
            if pair.after_expiry == 0 {
                pair.after_expiry_line = line;
            }
            pair.after_expiry += 1;
        }
    }
    let mut pairs: Vec<Pair> = folded.into_values().collect();
    pairs.sort_unstable();
    pairs
}

/// For every text the index of the first equal one; 0 for none.
fn first_of<'a>(texts: impl Iterator<Item = Option<&'a str>>) -> Vec<u32> {
    let mut first: FxHashMap<&str, u32> = FxHashMap::default();
    (0..)
        .zip(texts)
        .map(|(index, text)| text.map_or(0, |text| *first.entry(text).or_insert(index)))
        .collect()
}
