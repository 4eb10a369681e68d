//! Lots and their dates: one expiry per product and lot, expiry after production, nothing sold
//! after it expired, and lots that differ only by leading zeros (a number cell loses them).

use std::collections::{BTreeMap, BTreeSet};

use channelflow_model::flow::{ExpiryPrecision, Match, ReportedLot, ResolvedTable};
use channelflow_model::{Day, Finding, FlowKind, LineFlags, Severity};

use crate::Listed;
use crate::pairs::Pair;

/// Checks the lots; `pairs` are sorted.
pub(crate) fn check(table: &mut ResolvedTable, pairs: &[Pair]) -> Vec<Finding> {
    let mut findings = expiry_conflicts(table, pairs);
    findings.extend(dates(table, pairs));
    findings.extend(leading_zeros(table, pairs));
    findings
}

/// The same product and lot with two expiries: every such line is flagged.
fn expiry_conflicts(table: &mut ResolvedTable, pairs: &[Pair]) -> Vec<Finding> {
    let mut listed = Listed::new("expiry_conflict");
    let mut conflicting: BTreeSet<(u32, u32)> = BTreeSet::new();
    for group in pairs.chunk_by(|a, b| (a.product, a.lot_key) == (b.product, b.lot_key)) {
        let mut labels: Vec<(&Pair, &ReportedLot, Day)> = group
            .iter()
            .filter_map(|pair| {
                let lot = table.flow.lots.get(pair.lot as usize)?;
                lot.expiry.map(|expiry| (pair, lot, expiry))
            })
            // An expiry computed from a shelf life may be a day off; it is no label.
            .filter(|(_, lot, _)| lot.expiry_rule != "duration")
            .collect();
        labels.sort_by_key(|(pair, _, _)| pair.line);
        let clash = labels
            .iter()
            .enumerate()
            .find_map(|(at, (_, lot, expiry))| {
                labels
                    .iter()
                    .skip(at + 1)
                    .find(|(_, other, day)| !agree(lot, *expiry, other, *day))
                    .map(|(pair, _, day)| (*pair, *expiry, *day))
            });
        if let Some((pair, first, second)) = clash {
            conflicting.insert((pair.product, pair.lot_key));
            listed.add(table, pair.line, Severity::Warning, |finding| {
                named(finding, table, pair)
                    .fact("first", first)
                    .fact("second", second)
            });
        }
    }
    flag_lines(table, pairs, &conflicting);
    listed.into_findings()
}

/// Two labels agree when they name the same day or, when one names a month, the same month.
fn agree(a: &ReportedLot, a_day: Day, b: &ReportedLot, b_day: Day) -> bool {
    let by_month = |lot: &ReportedLot| lot.precision == Some(ExpiryPrecision::Month);
    if by_month(a) || by_month(b) {
        labelled_month(a, a_day) == labelled_month(b, b_day)
    } else {
        a_day == b_day
    }
}

/// The month on the label; by one rule the expiry day lies in the month before it.
fn labelled_month(lot: &ReportedLot, expiry: Day) -> i32 {
    let on_label = if lot.expiry_rule == "month_before_end" {
        expiry.plus_days(1).unwrap_or(expiry)
    } else {
        expiry
    };
    on_label.number() / 100
}

fn flag_lines(table: &mut ResolvedTable, pairs: &[Pair], conflicting: &BTreeSet<(u32, u32)>) {
    if conflicting.is_empty() {
        return;
    }
    // A lot may stand under two products, and a product under two matches: both must fit.
    let mut products_of_lot: BTreeMap<u32, BTreeSet<&str>> = BTreeMap::new();
    for pair in pairs {
        if conflicting.contains(&(pair.product, pair.lot_key)) {
            let product = product_id(&table.matches, pair.product);
            products_of_lot.entry(pair.lot).or_default().insert(product);
        }
    }
    let lines = table.flow.lot.iter().zip(&table.matched_product);
    for ((lot, product), flags) in lines.zip(&mut table.flow.flags) {
        if let Some(products) = products_of_lot.get(lot)
            && products.contains(product_id(&table.matches, *product))
        {
            flags.set(LineFlags::EXPIRY_CONFLICT);
        }
    }
}

/// Expiry against production and against the day of the sale.
fn dates(table: &ResolvedTable, pairs: &[Pair]) -> Vec<Finding> {
    let mut backwards = Listed::new("expiry_before_production");
    let mut late = Listed::new("sold_after_expiry");
    for pair in pairs {
        let Some(lot) = table.flow.lots.get(pair.lot as usize) else {
            continue;
        };
        let Some(expiry) = lot.expiry else {
            continue;
        };
        if let Some(mfg) = lot.mfg
            && expiry <= mfg
        {
            backwards.add(table, pair.line, Severity::Warning, |finding| {
                named(finding, table, pair)
                    .fact("expiry", expiry)
                    .fact("mfg", mfg)
            });
        }
        if table.flow.kind == FlowKind::Sale && pair.after_expiry > 0 {
            let line = pair.after_expiry_line;
            late.add(table, line, Severity::Warning, |finding| {
                let day = table.flow.day.get(line as usize);
                named(finding, table, pair)
                    .fact("expiry", expiry)
                    .fact("day", day.map_or(String::new(), ToString::to_string))
                    .fact("rows", pair.after_expiry)
            });
        }
    }
    let mut findings = backwards.into_findings();
    findings.extend(late.into_findings());
    findings
}

/// Lots of one product that are equal but for leading zeros: proposed, never changed.
fn leading_zeros(table: &ResolvedTable, pairs: &[Pair]) -> Vec<Finding> {
    let mut listed = Listed::new("lot_leading_zeros");
    for group in pairs.chunk_by(|a, b| a.product == b.product) {
        let mut spellings: BTreeMap<&str, BTreeMap<&str, &Pair>> = BTreeMap::new();
        for pair in group {
            let Some(lot) = table.flow.lots.get(pair.lot as usize) else {
                continue;
            };
            spellings
                .entry(lot.lot.trim_start_matches('0'))
                .or_default()
                .entry(&lot.lot)
                .or_insert(pair);
        }
        for same in spellings.into_values().filter(|same| same.len() > 1) {
            let Some((full, _)) = same.iter().max_by_key(|(lot, _)| lot.len()) else {
                continue;
            };
            for (short, pair) in same.iter().filter(|(lot, _)| lot.len() < full.len()) {
                listed.add(table, pair.line, Severity::Info, |finding| {
                    finding
                        .fact("product", product_id(&table.matches, pair.product))
                        .fact("lot", short)
                        .fact("full", full)
                });
            }
        }
    }
    listed.into_findings()
}

fn named(finding: Finding, table: &ResolvedTable, pair: &Pair) -> Finding {
    let lot = table.flow.lots.get(pair.lot as usize);
    finding
        .fact("product", product_id(&table.matches, pair.product))
        .fact("lot", lot.map_or("", |lot| &lot.lot))
}

fn product_id(matches: &[Option<Match>], index: u32) -> &str {
    matches
        .get(index as usize)
        .and_then(Option::as_ref)
        .map_or("", |found| &found.id)
}
