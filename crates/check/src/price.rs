//! Prices that betray a unit: a price of about a whole case beside a quantity counted as boxes
//! means that cases were counted, and a price of about one box beside a quantity in cases or
//! tablets means that boxes were. Such lines are held; nobody multiplies on a suspicion.

use std::collections::{BTreeMap, HashMap, HashSet};

use channelflow_model::flow::ResolvedTable;
use channelflow_model::master::{MasterData, Product};
use channelflow_model::{Disposition, Finding, HoldReason, Micros, Severity};

use crate::Listed;

/// How far price ÷ 考核价 may be from 件装量, in per cent.
const TOLERANCE: i128 = 15;

/// What a price betrays; its code says it.
const OF_A_CASE: &str = "unit_suspected";
const OF_ONE_BASE_UNIT: &str = "unit_suspected_base";

/// Holds accepted lines whose price contradicts the unit of their quantity.
pub(crate) fn check(table: &mut ResolvedTable, master: &MasterData) -> Vec<Finding> {
    let mut groups: BTreeMap<(&'static str, u32), Vec<u32>> = BTreeMap::new();
    for (line, code) in suspects(table, master) {
        if let Some(disposition) = table.disposition.get_mut(line as usize) {
            *disposition = Disposition::Held(HoldReason::UnitSuspected);
        }
        if let Some(base) = table.base_quantity.get_mut(line as usize) {
            *base = None;
        }
        let reported = table.flow.product.get(line as usize).copied();
        let group = (code, reported.unwrap_or(0));
        groups.entry(group).or_default().push(line);
    }
    let mut findings = Vec::new();
    for code in [OF_A_CASE, OF_ONE_BASE_UNIT] {
        let of_code = groups.iter().filter(|((own, _), _)| *own == code);
        let mut groups: Vec<(u32, &Vec<u32>)> = of_code
            .map(|((_, product), lines)| (*product, lines))
            .collect();
        groups.sort_by_key(|(_, lines)| lines.first().copied());
        let mut listed = Listed::new(code);
        for (reported, lines) in groups {
            if let Some(first) = lines.first() {
                listed.add(table, *first, Severity::Error, |finding| {
                    facts(table, master, reported, *first, finding).fact("rows", lines.len())
                });
            }
        }
        findings.extend(listed.into_findings());
    }
    findings
}

fn facts(
    table: &ResolvedTable,
    master: &MasterData,
    reported: u32,
    line: u32,
    finding: Finding,
) -> Finding {
    let product = product_of(table, master, line);
    let reported = table.flow.products.get(reported as usize);
    let name = reported.map_or_else(String::new, |reported| {
        format!("{} {}", reported.name, reported.spec)
    });
    finding
        .fact("name", name.trim_end())
        .fact("unit", reported.map_or("", |reported| &reported.unit))
        .fact("price", price_of(table, line as usize).unwrap_or_default())
        .fact(
            "expected",
            product.and_then(|p| p.price).unwrap_or_default(),
        )
        .fact("case", product.map_or(0, |p| p.case_size))
}

/// Between which prices, in hundredths, one base unit and one case lie.
struct Bounds {
    base: (i128, i128),
    case: Option<(i128, i128)>,
}

impl Bounds {
    fn of(product: &Product) -> Option<Self> {
        let price = product.price.filter(|price| *price > Micros::ZERO)?;
        let around = |units: i64| {
            let price = i128::from(price.0) * i128::from(units);
            (price * (100 - TOLERANCE), price * (100 + TOLERANCE))
        };
        Some(Bounds {
            base: around(1),
            case: (product.case_size > 1).then(|| around(product.case_size)),
        })
    }
}

/// Accepted lines whose price contradicts their unit, with what it betrays.
fn suspects(table: &ResolvedTable, master: &MasterData) -> Vec<(u32, &'static str)> {
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
    let bounds: Vec<Option<Bounds>> = table
        .matches
        .iter()
        .map(|found| {
            let found = found.as_ref()?;
            if found.alias_id.is_some_and(|alias| settled.contains(&alias)) {
                return None;
            }
            Bounds::of(by_id.get(found.id.as_str())?)
        })
        .collect();
    if bounds.iter().all(Option::is_none) {
        return Vec::new();
    }
    let mut suspects = Vec::new();
    let lines = table.matched_product.iter().zip(&table.disposition);
    for (line, (found, disposition)) in (0_u32..).zip(lines) {
        if *disposition != Disposition::Accepted {
            continue;
        }
        if let Some(Some(bounds)) = bounds.get(*found as usize)
            && let Some(code) = betrayed(table, line as usize, bounds)
        {
            suspects.push((line, code));
        }
    }
    suspects
}

fn betrayed(table: &ResolvedTable, line: usize, bounds: &Bounds) -> Option<&'static str> {
    let quantity = *table.flow.quantity.get(line)?;
    let base = table.base_quantity.get(line).copied().flatten()?;
    if quantity == Micros::ZERO {
        return None;
    }
    let price = i128::from(price_of(table, line)?.0) * 100;
    let within = |(least, most): (i128, i128)| (least..=most).contains(&price);
    if base == quantity {
        return bounds.case.is_some_and(within).then_some(OF_A_CASE);
    }
    let is_betrayed = within(bounds.base) && !is_price_of_base(table, line, base);
    is_betrayed.then_some(OF_ONE_BASE_UNIT)
}

/// Whether the amount says that the price is meant for one base unit, whatever the quantity counts:
/// 2 cases of 400 at 12.50 for 10,000.00.
fn is_price_of_base(table: &ResolvedTable, line: usize, base: Micros) -> bool {
    let flow = &table.flow;
    let price = flow.price.get(line).copied().flatten();
    let amount = flow.amount.get(line).copied().flatten();
    let (Some(price), Some(amount)) = (price, amount) else {
        return false;
    };
    let product = i128::from(price.0) * i128::from(base.0);
    let stated = i128::from(amount.0) * i128::from(Micros::SCALE);
    (product.abs() - stated.abs()).abs() <= stated.abs() / 100
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
