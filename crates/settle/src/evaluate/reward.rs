//! The order of evaluation: every reward by its shape, then what holds for all of them.

use channelflow_model::settlement::Span;
use rust_decimal::Decimal;

use super::basis::Counted;
use super::gate::{gates, multiply};
use super::growth::{excess, growth};
use super::limit::{Earned, settle};
use super::mix::mix;
use super::payment::{bill_discount, timeliness};
use super::price::{difference, protection};
use super::sub_period::{parts_paid, sub_periods};
use super::tiers::{rate as shown_rate, tiers};
use super::trace::{Trace, number, share};
use super::{Evaluation, LineKind, Reason, Stage};
use crate::figures::Figures;
use crate::policy::{Pay, Policy, Reward, Shape};
use crate::round::{div, mul, sub};

/// What a shape gives.
#[derive(Default)]
struct Given {
    amount: Decimal,
    /// What was stated for parts of the period.
    paid: Decimal,
    agreement_failed: bool,
}

pub(super) fn evaluate(policy: &Policy, figures: &Figures) -> Evaluation {
    let mut trace = Trace::default();
    trace.note(
        Stage::Version,
        None,
        "policy_step_version",
        &[
            ("policy", &policy.key()),
            ("name", &policy.name),
            ("span", &policy.valid),
        ],
    );
    let followed = policy.followed.zip(figures.span);
    if let Some((last, _)) = followed.filter(|(last, span)| *last < span.last) {
        let said: [(_, &dyn std::fmt::Display); 1] = [("last", &last)];
        trace.note(Stage::Version, None, "policy_step_followed", &said);
    }
    let ready = in_force(policy, figures).and_then(|()| Counted::new(policy, figures));
    let earned = match &ready {
        Ok(counted) => {
            counted.explain(&mut trace);
            rewards(counted, &mut trace)
        }
        Err(reason) => policy
            .rewards
            .iter()
            .map(|reward| line(reward, Err(reason.clone())))
            .collect(),
    };
    settle(policy, figures, &earned, trace)
}

/// The days of the period must lie within those of the policy, in part at least.
fn in_force(policy: &Policy, figures: &Figures) -> Result<(), Reason> {
    let Some(span) = figures.span else {
        return Ok(());
    };
    let holds = policy.holds();
    if holds.overlaps(Span {
        from: span.first,
        to: Some(span.last),
    }) {
        return Ok(());
    }
    Err(Reason::new("policy_held_not_in_force")
        .fact("span", &holds)
        .fact("days", &span))
}

fn rewards(counted: &Counted<'_>, trace: &mut Trace) -> Vec<Earned> {
    let mut failed = false;
    let mut earned = Vec::new();
    for reward in &counted.policy.rewards {
        let given = give(counted, reward, trace);
        failed |= given.as_ref().is_ok_and(|given| given.agreement_failed);
        earned.push(line(reward, given));
    }
    if failed {
        // 全协议不兑付: nothing is paid, so there is nothing to deduct from either.
        for earned in &mut earned {
            earned.exact = Ok(Decimal::ZERO);
        }
    }
    earned
}

fn line(reward: &Reward, given: Result<Given, Reason>) -> Earned {
    let kind = match reward.shape {
        Shape::BillDiscount { .. } => LineKind::Deduction,
        _ => LineKind::Reward,
    };
    let paid = given.as_ref().map_or(Decimal::ZERO, |given| given.paid);
    Earned {
        kind,
        name: reward.id.clone(),
        exact: given.map(|given| given.amount),
        paid,
    }
}

/// Gates, shape, share of the gates, multipliers.
fn give(counted: &Counted<'_>, reward: &Reward, trace: &mut Trace) -> Result<Given, Reason> {
    let passed = gates(counted, reward, trace)?;
    if passed.is_zero() {
        // What parts of the period were paid is taken back with the rest.
        let paid = match reward.shape {
            Shape::SubPeriods { .. } => parts_paid(counted, reward)?,
            _ => Decimal::ZERO,
        };
        return Ok(Given {
            paid,
            ..Given::default()
        });
    }
    let mut given = shape(counted, reward, trace)?;
    if passed != Decimal::ONE {
        let after = mul(given.amount, passed)?;
        trace.change(
            Stage::Multipliers,
            Some(&reward.id),
            "policy_step_gate_share",
            &[("share", &share(passed)), ("amount", &number(after))],
            (given.amount, after),
        );
        given.amount = after;
    }
    given.amount = multiply(counted, reward, given.amount, trace)?;
    Ok(given)
}

fn shape(counted: &Counted<'_>, reward: &Reward, trace: &mut Trace) -> Result<Given, Reason> {
    let figures = counted.figures;
    let amount = match &reward.shape {
        Shape::PerUnit { yuan } => flat(counted, reward, (Pay::PerUnit, *yuan), trace),
        Shape::Percent { rate } => flat(counted, reward, (Pay::Percent, *rate), trace),
        Shape::EveryFull { size, yuan, most } => {
            every_full(counted, reward, (*size, *yuan, *most), trace)
        }
        Shape::Tiers {
            on,
            mode,
            pay,
            tiers: bounds,
        } => tiers(counted, reward, (*on, *mode, *pay), bounds, trace),
        Shape::Growth { of, tiers } => growth(counted, reward, *of, tiers, trace),
        Shape::Excess { pay, rate } => excess(counted, reward, (*pay, *rate), trace),
        Shape::Timeliness { rate } => timeliness(figures, reward, *rate, trace),
        Shape::BillDiscount { by } => bill_discount(figures, reward, by, trace),
        Shape::PriceProtection { within_days } => protection(figures, reward, *within_days, trace),
        Shape::PriceDifference => difference(counted, reward, trace),
        Shape::Mix { failure, groups } => {
            let mixed = mix(counted, reward, *failure, groups, trace)?;
            return Ok(Given {
                amount: mixed.amount,
                agreement_failed: mixed.agreement_failed,
                ..Given::default()
            });
        }
        Shape::SubPeriods {
            part_rate,
            whole_rate,
        } => {
            let parts = sub_periods(counted, reward, (*part_rate, *whole_rate), trace)?;
            return Ok(Given {
                amount: parts.earned,
                paid: parts.paid,
                ..Given::default()
            });
        }
    };
    Ok(Given {
        amount: amount?,
        ..Given::default()
    })
}

/// One rate on everything (examples 1, 3, 3b).
fn flat(
    counted: &Counted<'_>,
    reward: &Reward,
    (pay, rate): (Pay, Decimal),
    trace: &mut Trace,
) -> Result<Decimal, Reason> {
    let measure = counted.paid_on(pay);
    let base = counted.basis(measure)?;
    let amount = counted.pay(pay, base, rate)?;
    trace.make(
        Stage::Tier,
        Some(&reward.id),
        "policy_step_rate",
        &[
            ("base", &number(counted.shown(measure, base)?)),
            ("rate", &shown_rate(pay, rate)),
            ("amount", &number(amount)),
        ],
        amount,
    );
    Ok(amount)
}

/// Yuan for every full so many (examples 2, 2b).
fn every_full(
    counted: &Counted<'_>,
    reward: &Reward,
    (size, yuan, most): (Decimal, Decimal, Option<Decimal>),
    trace: &mut Trace,
) -> Result<Decimal, Reason> {
    let measure = counted.policy.basis.measure;
    let base = counted.basis(measure)?;
    let full = mul(size, counted.scale(measure))?;
    let mut multiples = div(base, full)?.trunc().max(Decimal::ZERO);
    if multiples > Decimal::ZERO && mul(multiples, full)? > base {
        // The quotient was rounded up over a whole number.
        multiples = sub(multiples, Decimal::ONE)?;
    }
    let paid = most.map_or(multiples, |most| multiples.min(most));
    let amount = mul(paid, yuan)?;
    trace.make(
        Stage::Tier,
        Some(&reward.id),
        "policy_step_every_full",
        &[
            ("base", &number(counted.shown(measure, base)?)),
            ("size", &number(size)),
            ("multiples", &number(multiples)),
            ("paid", &number(paid)),
            ("yuan", &number(yuan)),
            ("amount", &number(amount)),
        ],
        amount,
    );
    Ok(amount)
}
