//! The names that keep lines held, worst first: the work list of whoever keeps the aliases.

use std::collections::BTreeMap;

use channelflow_model::flow::{ReportedParty, ReportedProduct, ResolvedTable};
use channelflow_model::master::AliasKind;
use channelflow_model::{Disposition, HoldReason, Micros};
use rustc_hash::FxHashMap;

/// A reported name that holds lines, with what is at stake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownName {
    /// Customer or product.
    pub kind: AliasKind,
    /// Why the lines are held.
    pub reason: HoldReason,
    /// Name as reported.
    pub name: String,
    /// The distributor's code.
    pub code: String,
    /// 规格, for products.
    pub spec: String,
    /// Maker, for products.
    pub maker: String,
    /// Reported unit, for products.
    pub unit: String,
    /// City, for customers.
    pub city: String,
    /// Lines held.
    pub rows: u64,
    /// Sum of their amounts without sign; price × quantity where no amount is given.
    pub amount: Micros,
}

/// Every name that keeps lines of the table held, by amount, then by rows.
pub fn unknown_names(table: &ResolvedTable) -> Vec<UnknownName> {
    let flow = &table.flow;
    let mut at_stake: FxHashMap<(AliasKind, HoldReason, u32), (u64, i128)> = FxHashMap::default();
    for (line, disposition) in table.disposition.iter().enumerate() {
        let Disposition::Held(reason) = disposition else {
            continue;
        };
        let (kind, indexes) = match reason {
            HoldReason::UnknownCustomer | HoldReason::AmbiguousCustomer => {
                (AliasKind::Customer, &flow.party)
            }
            HoldReason::UnknownProduct
            | HoldReason::AmbiguousProduct
            | HoldReason::UnitUnknown
            | HoldReason::UnitSuspected => (AliasKind::Product, &flow.product),
            _ => continue,
        };
        let Some(index) = indexes.get(line) else {
            continue;
        };
        let entry = at_stake.entry((kind, *reason, *index)).or_default();
        entry.0 += 1;
        entry.1 += i128::from(amount_of(table, line).abs().0);
    }

    // Entries that differ only in what an alias cannot ask for (address, barcode) are one name.
    let mut names: BTreeMap<[String; 8], (UnknownName, i128)> = BTreeMap::new();
    for ((kind, reason, index), (rows, amount)) in at_stake {
        let index = index as usize;
        let found = match kind {
            AliasKind::Customer => flow.parties.get(index).map(|party| of_party(reason, party)),
            AliasKind::Product => flow
                .products
                .get(index)
                .map(|product| of_product(reason, product)),
        };
        let Some(name) = found else {
            continue;
        };
        let (known, sum) = names.entry(sort_key(&name)).or_insert((name, 0));
        known.rows += rows;
        *sum += amount;
    }
    let mut ranked: Vec<UnknownName> = names
        .into_values()
        .map(|(name, sum)| UnknownName {
            amount: Micros::from_i128(sum).unwrap_or(Micros(i64::MAX)),
            ..name
        })
        .collect();
    // The sort is stable: equal ones stay in the order of their texts.
    ranked.sort_by_key(|name| (std::cmp::Reverse(name.amount), std::cmp::Reverse(name.rows)));
    ranked
}

fn amount_of(table: &ResolvedTable, line: usize) -> Micros {
    let flow = &table.flow;
    if let Some(amount) = flow.amount.get(line).copied().flatten() {
        return amount;
    }
    let price = flow.price.get(line).copied().flatten();
    let quantity = flow.quantity.get(line).copied();
    match (price, quantity) {
        (Some(price), Some(quantity)) => price.checked_mul(quantity).unwrap_or_default(),
        _ => Micros::ZERO,
    }
}

fn of_party(reason: HoldReason, party: &ReportedParty) -> UnknownName {
    UnknownName {
        kind: AliasKind::Customer,
        reason,
        name: party.name.clone(),
        code: party.code.clone(),
        spec: String::new(),
        maker: String::new(),
        unit: String::new(),
        city: party.city.clone(),
        rows: 0,
        amount: Micros::ZERO,
    }
}

fn of_product(reason: HoldReason, product: &ReportedProduct) -> UnknownName {
    UnknownName {
        kind: AliasKind::Product,
        reason,
        name: product.name.clone(),
        code: product.code.clone(),
        spec: product.spec.clone(),
        maker: product.maker.clone(),
        unit: product.unit.clone(),
        city: String::new(),
        rows: 0,
        amount: Micros::ZERO,
    }
}

fn sort_key(name: &UnknownName) -> [String; 8] {
    [
        name.kind.as_str().to_owned(),
        name.reason.as_str().to_owned(),
        name.name.clone(),
        name.code.clone(),
        name.spec.clone(),
        name.maker.clone(),
        name.unit.clone(),
        name.city.clone(),
    ]
}
