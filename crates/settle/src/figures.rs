//! The figures of one policy, one party and one period: everything evaluation asks for.
//!
//! Whoever gathers them has already applied party, scope and counting point. Money is yuan with
//! tax, quantities are base units. A figure that is absent is not zero: a reward that needs it is
//! held. What is a sum over our own ledger (already paid, carried forward) is 0 when there is
//! nothing in it. Not here: what is computed from them (`evaluate`).

use std::collections::BTreeMap;

use channelflow_model::settlement::{Measure, Payment};
use channelflow_model::{DayRange, Micros};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::policy::{Problem, parse_figures};
use crate::round::exact_sum;

/// Everything evaluation asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Figures {
    /// Id of the party, for the printed steps.
    pub party: String,
    /// Days of the period; `None`: not checked against the validity of the policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<DayRange>,
    /// Whether the period is not over: sub-periods are judged, the whole is not.
    pub interim: bool,
    /// What the policy counts.
    pub basis: Basis,
    /// The basis of each product group of a mix.
    pub groups: Vec<GroupFigures>,
    /// The base a person approved (核定基数); it goes before last year's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_base: Option<Sums>,
    /// The basis of the same period of last year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_year: Option<Sums>,
    /// What was to be reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<Sums>,
    /// Days of the period the policy holds for, if not for all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial: Option<DayRange>,
    /// Parts of the period, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_periods: Option<Vec<SubPeriod>>,
    /// Money paid in the period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payments: Option<Vec<Payment>>,
    /// Price cuts in the period, per product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_cuts: Option<Vec<PriceCut>>,
    /// Flow sold at a price of its own, per product and price bought at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_gaps: Option<Vec<PriceGap>>,
    /// Terminals with sales in the period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub covered_terminals: Option<Decimal>,
    /// 上传率, a share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upload_rate: Option<Decimal>,
    /// 及时率, a share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeliness_rate: Option<Decimal>,
    /// Yuan the floor kept back in earlier periods.
    pub carried_forward: Decimal,
    /// Yuan already stated for this period.
    pub already_paid: Decimal,
    /// Yuan already stated for this period by reward, of rewards that pay parts; `None`: what was
    /// stated for the parts is the first one's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rewards_paid: Option<BTreeMap<String, Decimal>>,
    /// Earlier periods goods came back from.
    pub prior: Vec<Prior>,
    /// Yuan of the basis that were reported without tax, before they are converted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without_tax: Option<Decimal>,
    /// Months of the period the party has not reported: what rests on them is not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_reported: Vec<String>,
    /// The same of last year's months.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub base_not_reported: Vec<String>,
}

impl Figures {
    /// Reads figures from TOML, as the `[example]` of a policy has them (without `expect`).
    pub fn parse(file: &str, text: &str) -> Result<Figures, Vec<Problem>> {
        parse_figures(file, text)
    }
}

/// Quantity, amount and assessed amount of the same lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sums {
    /// Base units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Decimal>,
    /// Yuan as reported, tax included; what was reported without it is converted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Decimal>,
    /// Yuan by assessed price, tax included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assessed: Option<Decimal>,
}

impl Sums {
    /// The sum of no lines: known to be nothing.
    pub const NOTHING: Sums = Sums {
        quantity: Some(Decimal::ZERO),
        amount: Some(Decimal::ZERO),
        assessed: Some(Decimal::ZERO),
    };

    /// The figure of a measure.
    pub fn of(&self, measure: Measure) -> Option<Decimal> {
        match measure {
            Measure::Quantity => self.quantity,
            Measure::Amount => self.amount,
            Measure::Assessed => self.assessed,
        }
    }

    /// Both together. A figure that is unknown in one, or too large, is unknown in the sum.
    #[must_use]
    pub fn plus(&self, other: &Sums) -> Sums {
        let add = |a: Option<Decimal>, b: Option<Decimal>| exact_sum(a?, b?);
        Sums {
            quantity: add(self.quantity, other.quantity),
            amount: add(self.amount, other.amount),
            assessed: add(self.assessed, other.assessed),
        }
    }
}

/// What a policy counts, after scope and before gates. The four parts have no line in common.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Basis {
    /// Forward lines nobody objects to.
    pub sold: Sums,
    /// Return lines nobody objects to, at or below 0. For [`crate::policy::Returns::Retier`] and
    /// `Flat` only goods sold in this period; goods of earlier ones stand in [`Figures::prior`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returned: Option<Sums>,
    /// Lines with an open alert, net; count only if the policy says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alerted: Option<Sums>,
    /// Lines a person excluded, net; shown, never counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excluded: Option<Sums>,
}

/// Which part of a basis a line belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// [`Basis::sold`].
    Sold,
    /// [`Basis::returned`].
    Returned,
    /// [`Basis::alerted`].
    Alerted,
    /// [`Basis::excluded`].
    Excluded,
}

impl Basis {
    /// The basis of no lines: known to be nothing.
    pub const NOTHING: Basis = Basis {
        sold: Sums::NOTHING,
        returned: None,
        alerted: None,
        excluded: None,
    };

    /// Adds lines. Start from [`Basis::NOTHING`].
    pub fn add(&mut self, part: Part, lines: &Sums) {
        let place = match part {
            Part::Sold => {
                self.sold = self.sold.plus(lines);
                return;
            }
            Part::Returned => &mut self.returned,
            Part::Alerted => &mut self.alerted,
            Part::Excluded => &mut self.excluded,
        };
        *place = Some(place.unwrap_or(Sums::NOTHING).plus(lines));
    }
}

/// The basis of a product group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupFigures {
    /// The product group.
    pub id: String,
    /// What it counts.
    pub basis: Basis,
}

/// A part of the period.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SubPeriod {
    /// Its name, `2026-01`.
    pub name: String,
    /// What was reached, in the money of the policy, tax included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual: Option<Decimal>,
    /// What was to be reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<Decimal>,
    /// Yuan stated for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid: Option<Decimal>,
}

/// A cut of the price of a product (价保).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PriceCut {
    /// The product.
    pub product: String,
    /// Yuan per base unit before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_price: Option<Decimal>,
    /// Yuan per base unit from the day of the cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_price: Option<Decimal>,
    /// Base units in stock at 24:00 the day before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock: Option<Decimal>,
    /// Base units on the way to the distributor then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transit: Option<Decimal>,
    /// Base units bought in the last days the policy names, up to the day before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bought_recently: Option<Decimal>,
}

/// Flow of a product sold below the price it was bought at (补差). Only lines that count: no
/// alerted and no excluded ones.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PriceGap {
    /// The product.
    pub product: String,
    /// Yuan per base unit it was bought at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bought_price: Option<Decimal>,
    /// Base units sold, net of returns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Decimal>,
    /// Yuan they were sold for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Decimal>,
    /// Base units left out because of an alert or by a person; shown only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excluded_quantity: Option<Decimal>,
}

/// An earlier period goods came back from. It is computed again by the policy at hand; a period that
/// another version held for is evaluated by that version and given to [`crate::evaluate::adjust`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Prior {
    /// Its name, `2026-Q1`.
    pub period: String,
    /// Its figures as they were when it was stated, with nothing paid already.
    pub figures: Box<Figures>,
    /// Yuan stated for it, adjustments included.
    pub stated: Decimal,
    /// What has come back since, below 0.
    pub returned: Sums,
}

/// An exact number as a decimal.
pub fn decimal(micros: Micros) -> Decimal {
    Decimal::new(micros.0, 6).normalize()
}
