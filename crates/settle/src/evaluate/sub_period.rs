//! Parts of a period that pay as they are met, and the whole that pays in the end. Example 18.

use rust_decimal::Decimal;

use super::basis::Counted;
use super::trace::{Trace, number, share};
use super::{Reason, Stage};
use crate::figures::SubPeriod;
use crate::policy::{Pay, Reward};
use crate::round::add;

/// What parts and whole come to, and what was stated for the parts.
pub(super) struct Parts {
    /// What is earned altogether.
    pub(super) earned: Decimal,
    /// What was stated for the parts.
    pub(super) paid: Decimal,
}

/// While the period runs, the parts that met their target; once it is over and the whole met its
/// target, the whole instead.
pub(super) fn sub_periods(
    counted: &Counted<'_>,
    reward: &Reward,
    (part_rate, whole_rate): (Decimal, Decimal),
    trace: &mut Trace,
) -> Result<Parts, Reason> {
    let id = Some(reward.id.as_str());
    let measure = counted.policy.money();
    let paid = parts_paid(counted, reward)?;
    let mut earned = Decimal::ZERO;
    for part in parts(counted)? {
        let actual = known(part, part.actual, "actual")
            .map_err(|reason| counted.unknown(measure, reason))?;
        counted.whole_span()?;
        let target = known(part, part.target, "target")?;
        let met = actual >= target;
        let amount = if met {
            counted.pay(Pay::Percent, actual, part_rate)?
        } else {
            Decimal::ZERO
        };
        let after = add(earned, amount)?;
        let code = if met {
            "policy_step_part_met"
        } else {
            "policy_step_part_missed"
        };
        trace.change(
            Stage::Tier,
            id,
            code,
            &[
                ("part", &part.name),
                ("actual", &number(counted.shown(measure, actual)?)),
                ("target", &number(counted.shown(measure, target)?)),
                ("rate", &share(part_rate)),
                ("amount", &number(amount)),
            ],
            (earned, after),
        );
        earned = after;
    }
    if counted.figures.interim {
        return Ok(Parts { earned, paid });
    }
    let target = counted.target(measure)?;
    let actual = counted.basis(measure)?;
    let (code, after) = if actual >= target {
        let whole = counted.pay(Pay::Percent, actual, whole_rate)?;
        ("policy_step_whole_met", whole)
    } else {
        ("policy_step_whole_missed", earned)
    };
    trace.change(
        Stage::Tier,
        id,
        code,
        &[
            ("actual", &number(counted.shown(measure, actual)?)),
            ("target", &number(counted.shown(measure, target)?)),
            ("rate", &share(whole_rate)),
            ("amount", &number(after)),
        ],
        (earned, after),
    );
    Ok(Parts {
        earned: after,
        paid,
    })
}

fn known(part: &SubPeriod, figure: Option<Decimal>, name: &'static str) -> Result<Decimal, Reason> {
    figure.ok_or_else(|| {
        Reason::new("policy_held_no_part_figure")
            .fact("part", &part.name)
            .fact("figure", &name)
    })
}

/// What was stated for the parts by this reward.
pub(super) fn parts_paid(counted: &Counted<'_>, reward: &Reward) -> Result<Decimal, Reason> {
    if let Some(paid) = &counted.figures.rewards_paid {
        return Ok(paid.get(&reward.id).copied().unwrap_or_default());
    }
    let mut others = counted.policy.rewards.iter();
    if others.find(|it| it.pays_parts()) != Some(reward) {
        return Ok(Decimal::ZERO);
    }
    let mut paid = Decimal::ZERO;
    for part in parts(counted)? {
        paid = add(paid, known(part, part.paid, "paid")?)?;
    }
    Ok(paid)
}

fn parts<'a>(counted: &Counted<'a>) -> Result<&'a [SubPeriod], Reason> {
    let parts = counted.figures.sub_periods.as_deref();
    parts.ok_or_else(|| Reason::new("policy_held_no_sub_periods"))
}
