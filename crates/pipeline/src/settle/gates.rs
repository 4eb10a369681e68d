//! Quality gates: whether the data are good enough to settle on, and what is at stake if not.

use std::collections::{BTreeMap, BTreeSet};

use channelflow_model::{FlowKind, Micros, Period, PeriodRule};
use channelflow_settle::figures::decimal;
use channelflow_settle::price::Prices;
use channelflow_warehouse::{SalesQuality, Warehouse};
use futures::FutureExt as _;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Books, Inputs, Terms, balance};
use crate::company::Company;

/// What a gate looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateKind {
    /// 覆盖率: yuan shipped to distributors that reported sales ÷ yuan shipped.
    Coverage,
    /// 匹配率: yuan of sales that count ÷ yuan of all sales.
    Matched,
    /// Share of the rows of sales that wait.
    Held,
    /// 平衡差异率: unexplained boxes ÷ boxes that were there.
    Balance,
}

impl GateKind {
    /// The word in settings, tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            GateKind::Coverage => "coverage",
            GateKind::Matched => "matched",
            GateKind::Held => "held",
            GateKind::Balance => "balance",
        }
    }
}

/// How a gate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateState {
    /// Within its bound.
    Met,
    /// Outside.
    Missed,
    /// Nothing to measure it on.
    Unknown,
}

/// A gate as it was measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// What it looks at.
    pub kind: GateKind,
    /// The bound of the settings, a share.
    pub bound: Decimal,
    /// What was found; `None`: nothing to measure.
    pub value: Option<Decimal>,
    /// How it stands.
    pub state: GateState,
    /// Yuan on the wrong side; of the balance its boxes by assessed price.
    pub at_stake: Micros,
}

/// What gates are measured on and settlement does not look at otherwise.
pub(super) struct Measured {
    quality: SalesQuality,
    /// Yuan shipped in the month, by distributor.
    shipped: BTreeMap<String, i128>,
}

impl Measured {
    /// Reads it for a month.
    pub(super) async fn of_month(
        warehouse: &Warehouse,
        rule: PeriodRule,
        period: Period,
    ) -> anyhow::Result<Self> {
        let shipped = async {
            match rule.days_of(period) {
                Some(days) => warehouse.shipped(days).await,
                None => Ok(BTreeMap::new()),
            }
        };
        let (quality, shipped) =
            futures::try_join!(warehouse.sales_quality(period).boxed(), shipped.boxed())?;
        Ok(Measured { quality, shipped })
    }
}

/// Measures every gate that has a bound.
pub(super) async fn measure(
    company: &Company,
    warehouse: &Warehouse,
    (inputs, measured): (&Inputs, &Measured),
    books: &Books,
) -> anyhow::Result<Vec<Gate>> {
    let settings = &company.config.settlement;
    let quality = measured.quality;
    let (reporting, all) = shipped(&measured.shipped, inputs, &books.terms);
    let mut gates = Vec::new();
    gates.push(at_least(
        GateKind::Coverage,
        settings.min_coverage,
        reporting,
        all,
    ));
    let accepted = i128::from(quality.accepted_amount.0.max(0));
    let all = accepted + i128::from(quality.held_amount.0);
    gates.push(at_least(
        GateKind::Matched,
        settings.min_matched,
        accepted,
        all,
    ));
    let held = i128::from(quality.held_lines);
    let all = held + i128::from(quality.accepted_lines.max(0));
    let mut waiting = at_most(GateKind::Held, settings.max_held, held, all);
    waiting.at_stake = quality.held_amount;
    gates.push(waiting);
    if let Some(bound) = settings.max_balance {
        let prices = Prices::new(&books.settings.prices, &books.master.products);
        let found = balance::difference(warehouse, inputs, &prices).await?;
        let mut balance = at_most(GateKind::Balance, bound, found.boxes, found.there);
        balance.at_stake = Micros::from_i128(found.yuan).unwrap_or_default();
        gates.push(balance);
    }
    Ok(gates)
}

/// Yuan shipped in the month to distributors that reported sales, and to all.
fn shipped(by_owner: &BTreeMap<String, i128>, inputs: &Inputs, terms: &Terms) -> (i128, i128) {
    let known: BTreeSet<&str> = terms.distributors.iter().map(|it| it.id.as_str()).collect();
    let sales = (inputs.period, FlowKind::Sale);
    let mut sums = (0, 0);
    for (id, amount) in by_owner {
        sums.1 += amount;
        let party = inputs.parties.get(id);
        let reported = party.is_some_and(|it| it.first_reports.contains_key(&sales));
        if reported && known.contains(id.as_str()) {
            sums.0 += amount;
        }
    }
    sums
}

fn at_least(kind: GateKind, bound: Micros, part: i128, whole: i128) -> Gate {
    let value = share(part, whole);
    gate(
        kind,
        bound,
        value,
        value.is_some_and(|value| value >= decimal(bound)),
        whole - part,
    )
}

fn at_most(kind: GateKind, bound: Micros, part: i128, whole: i128) -> Gate {
    let value = share(part, whole);
    gate(
        kind,
        bound,
        value,
        value.is_some_and(|value| value <= decimal(bound)),
        part,
    )
}

fn gate(kind: GateKind, bound: Micros, value: Option<Decimal>, met: bool, at_stake: i128) -> Gate {
    Gate {
        kind,
        bound: decimal(bound),
        value,
        state: match (value, met) {
            (None, _) => GateState::Unknown,
            (Some(_), true) => GateState::Met,
            (Some(_), false) => GateState::Missed,
        },
        at_stake: Micros::from_i128(at_stake).unwrap_or_default(),
    }
}

/// A share to six decimals; `None` of nothing.
fn share(part: i128, whole: i128) -> Option<Decimal> {
    let part = Decimal::try_from_i128_with_scale(part, 6).ok()?;
    let whole = Decimal::try_from_i128_with_scale(whole, 6).ok()?;
    if whole <= Decimal::ZERO {
        return None;
    }
    Some(part.checked_div(whole)?.round_dp(6).normalize())
}
