//! Prices that betray a unit: a price of about a whole case beside a quantity counted as boxes
//! means that cases were counted. Such lines are held; nobody multiplies on a suspicion.

use std::collections::{BTreeMap, HashMap, HashSet};

use channelflow_model::flow::ResolvedTable;
use channelflow_model::master::{MasterData, Product};
use channelflow_model::{Disposition, Finding, HoldReason, Micros, Severity};

use crate::Listed;

/// How far price ÷ 考核价 may be from 件装量, in per cent.
const TOLERANCE: i128 = 15;

/// Holds accepted lines whose price is that of a case.
pub(crate) fn check(table: &mut ResolvedTable, master: &MasterData) -> Vec<Finding> {
    let suspects = suspects(table, master);
    if suspects.is_empty() {
        return Vec::new();
    }
    let mut by_product: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for line in suspects {
        if let Some(disposition) = table.disposition.get_mut(line as usize) {
            *disposition = Disposition::Held(HoldReason::UnitSuspected);
        }
        if let Some(base) = table.base_quantity.get_mut(line as usize) {
            *base = None;
        }
        let reported = table.flow.product.get(line as usize).copied();
        by_product
            .entry(reported.unwrap_or(0))
            .or_default()
            .push(line);
    }
    let mut listed = Listed::new("unit_suspected");
    let mut products: Vec<(u32, Vec<u32>)> = by_product.into_iter().collect();
    products.sort_by_key(|(_, lines)| lines.first().copied());
    for (reported, lines) in products {
        let Some(first) = lines.first().copied() else {
            continue;
        };
        let product = product_of(table, master, first);
        listed.add(table, first, Severity::Error, |finding| {
            let name = table
                .flow
                .products
                .get(reported as usize)
                .map_or_else(String::new, |reported| {
                    format!("{} {}", reported.name, reported.spec)
                });
            finding
                .fact("name", name.trim_end())
                .fact("price", price_of(table, first as usize).unwrap_or_default())
                .fact(
                    "expected",
                    product.and_then(|p| p.price).unwrap_or_default(),
                )
                .fact("case", product.map_or(0, |p| p.case_size))
                .fact("rows", lines.len())
        });
    }
    listed.into_findings()
}

/// Accepted lines counted in base units at the price of a case.
fn suspects(table: &ResolvedTable, master: &MasterData) -> Vec<u32> {
    let by_id: HashMap<&str, &Product> = master
        .products
        .iter()
        .map(|product| (product.id.as_str(), product))
        .collect();
    // Where a person said what the unit is, there is nothing to suspect.
    let settled: HashSet<i64> = master
        .aliases
        .iter()
        .filter(|alias| alias.factor_numerator > 0 && alias.factor_denominator > 0)
        .map(|alias| alias.alias_id)
        .collect();
    // Price bounds of a whole case by match: |price| × 100 lies between them.
    let bounds: Vec<Option<(i128, i128)>> = table
        .matches
        .iter()
        .map(|found| {
            let found = found.as_ref()?;
            if found.alias_id.is_some_and(|alias| settled.contains(&alias)) {
                return None;
            }
            let product = by_id.get(found.id.as_str())?;
            let price = product.price.filter(|price| *price > Micros::ZERO)?;
            let case = (product.case_size > 1).then_some(product.case_size)?;
            let of_case = i128::from(price.0) * i128::from(case);
            Some((of_case * (100 - TOLERANCE), of_case * (100 + TOLERANCE)))
        })
        .collect();
    if bounds.iter().all(Option::is_none) {
        return Vec::new();
    }
    let mut suspects = Vec::new();
    let lines = table.matched_product.iter().zip(&table.disposition);
    for ((line, (found, disposition)), (base, quantity)) in (0_u32..)
        .zip(lines)
        .zip(table.base_quantity.iter().zip(&table.flow.quantity))
    {
        let counted_in_base = *base == Some(*quantity) && *quantity != Micros::ZERO;
        if *disposition != Disposition::Accepted || !counted_in_base {
            continue;
        }
        let Some((least, most)) = bounds.get(*found as usize).copied().flatten() else {
            continue;
        };
        let Some(price) = price_of(table, line as usize) else {
            continue;
        };
        let price = i128::from(price.0) * 100;
        if least <= price && price <= most {
            suspects.push(line);
        }
    }
    suspects
}

/// Unit price as reported, else amount ÷ quantity.
fn price_of(table: &ResolvedTable, line: usize) -> Option<Micros> {
    let flow = &table.flow;
    if let Some(price) = flow.price.get(line).copied().flatten() {
        return Some(price.abs());
    }
    let amount = flow.amount.get(line).copied().flatten()?;
    let quantity = flow.quantity.get(line).copied()?;
    amount.checked_div(quantity).map(Micros::abs)
}

fn product_of<'m>(table: &ResolvedTable, master: &'m MasterData, line: u32) -> Option<&'m Product> {
    let found = table.matched_product.get(line as usize)?;
    let id = &table.matches.get(*found as usize)?.as_ref()?.id;
    master.products.iter().find(|product| product.id == *id)
}
