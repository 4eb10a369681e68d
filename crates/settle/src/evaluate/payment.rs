//! What money paid in time earns, and what bills cost. Examples 10, 11, 11b.

use channelflow_model::settlement::{Instrument, Payment};
use rust_decimal::Decimal;

use super::trace::{Trace, number, share};
use super::{Reason, Stage};
use crate::figures::{Figures, decimal};
use crate::policy::{Discount, Reward, Tenor};
use crate::round::{add, div, mul};

/// A share of the money that arrived by its due day.
pub(super) fn timeliness(
    figures: &Figures,
    reward: &Reward,
    rate: Decimal,
    trace: &mut Trace,
) -> Result<Decimal, Reason> {
    let mut on_time = Decimal::ZERO;
    let mut late = Decimal::ZERO;
    for payment in payments(figures)? {
        let sum = if payment.on_time() {
            &mut on_time
        } else {
            &mut late
        };
        *sum = add(*sum, decimal(payment.amount))?;
    }
    let amount = mul(on_time, rate)?;
    trace.make(
        Stage::Tier,
        Some(&reward.id),
        "policy_step_timeliness",
        &[
            ("base", &number(on_time)),
            ("late", &number(late)),
            ("rate", &share(rate)),
            ("amount", &number(amount)),
        ],
        amount,
    );
    Ok(amount)
}

/// What payment by bill costs, at or below 0.
pub(super) fn bill_discount(
    figures: &Figures,
    reward: &Reward,
    by: &Discount,
    trace: &mut Trace,
) -> Result<Decimal, Reason> {
    let mut bills: Vec<&Payment> = payments(figures)?
        .iter()
        .filter(|payment| payment.instrument == Instrument::Bill)
        .collect();
    bills.sort_by_key(|bill| (bill.day, bill.tenor_days, bill.amount, &bill.doc_no));
    let mut total = Decimal::ZERO;
    for bill in bills {
        if bill.tenor_days <= 0 {
            // A bill without a tenor is an absent figure, not a bill that costs nothing.
            return Err(Reason::new("policy_held_no_tenor").fact("day", &bill.day));
        }
        let face = decimal(bill.amount);
        let days = Decimal::from(bill.tenor_days);
        let (code, rate, cost) = match by {
            Discount::Days {
                yearly_rate,
                year_days,
            } => {
                let product = mul(mul(face, *yearly_rate)?, days)?;
                let cost = div(product, Decimal::from(*year_days))?;
                ("policy_step_bill_by_days", *yearly_rate, cost)
            }
            Discount::Flat { tenors } => {
                let rate = flat_rate(tenors, bill)?;
                ("policy_step_bill_flat", rate, mul(face, rate)?)
            }
        };
        let after = add(total, -cost)?;
        trace.change(
            Stage::Deductions,
            Some(&reward.id),
            code,
            &[
                ("day", &bill.day),
                ("base", &number(face)),
                ("days", &bill.tenor_days),
                ("rate", &share(rate)),
                ("amount", &number(-cost)),
            ],
            (total, after),
        );
        total = after;
    }
    Ok(total)
}

fn flat_rate(tenors: &[Tenor], bill: &Payment) -> Result<Decimal, Reason> {
    tenors
        .iter()
        .filter(|tenor| bill.tenor_days <= i64::from(tenor.up_to_days))
        .min_by_key(|tenor| tenor.up_to_days)
        .map(|tenor| tenor.rate)
        .ok_or_else(|| {
            Reason::new("policy_held_long_tenor")
                .fact("day", &bill.day)
                .fact("days", &bill.tenor_days)
        })
}

fn payments(figures: &Figures) -> Result<&[Payment], Reason> {
    figures
        .payments
        .as_deref()
        .ok_or_else(|| Reason::new("policy_held_no_payments"))
}
