//! Growth over the same period of last year: on everything or on the increment only, and what
//! lies above a target. Examples 7, 7b, 7c, 17.

use rust_decimal::Decimal;

use super::basis::Counted;
use super::tiers::{bands, find, rate as shown_rate};
use super::trace::{Trace, number, share};
use super::{Reason, Stage};
use crate::policy::{GateOn, GrowthOf, Pay, Reward, Tier};
use crate::round::sub;

/// What growth pays; held without a base above 0.
pub(super) fn growth(
    counted: &Counted<'_>,
    reward: &Reward,
    of: GrowthOf,
    tiers: &[Tier],
    trace: &mut Trace,
) -> Result<Decimal, Reason> {
    let id = Some(reward.id.as_str());
    let level = counted.level(GateOn::Growth)?;
    let grown = share(level.shown()?);
    let bands = bands(tiers);
    // A shrinking basis is no growth of 0: the first tier does not reach down.
    let Some((_, band, _)) = find(&bands, level, false)? else {
        let code = "policy_step_no_growth_tier";
        trace.make(Stage::Tier, id, code, &[("growth", &grown)], Decimal::ZERO);
        return Ok(Decimal::ZERO);
    };
    let measure = counted.policy.money();
    let now = counted.basis(measure)?;
    let (code, base) = match of {
        GrowthOf::Whole => ("policy_step_growth_whole", now),
        GrowthOf::Increment => {
            let more = sub(now, counted.last_year(measure)?)?;
            ("policy_step_growth_increment", more.max(Decimal::ZERO))
        }
    };
    let amount = counted.pay(Pay::Percent, base, band.rate)?;
    trace.make(
        Stage::Tier,
        id,
        code,
        &[
            ("growth", &grown),
            ("bound", &share(band.from)),
            ("base", &number(counted.shown(measure, base)?)),
            ("rate", &share(band.rate)),
            ("amount", &number(amount)),
        ],
        amount,
    );
    Ok(amount)
}

/// What lies above the target (超任务量).
pub(super) fn excess(
    counted: &Counted<'_>,
    reward: &Reward,
    (pay, rate): (Pay, Decimal),
    trace: &mut Trace,
) -> Result<Decimal, Reason> {
    let measure = counted.paid_on(pay);
    let target = counted.target(measure)?;
    let actual = counted.basis(measure)?;
    let over = sub(actual, target)?.max(Decimal::ZERO);
    let amount = counted.pay(pay, over, rate)?;
    trace.make(
        Stage::Tier,
        Some(&reward.id),
        "policy_step_excess",
        &[
            ("actual", &number(counted.shown(measure, actual)?)),
            ("target", &number(counted.shown(measure, target)?)),
            ("base", &number(counted.shown(measure, over)?)),
            ("rate", &shown_rate(pay, rate)),
            ("amount", &number(amount)),
        ],
        amount,
    );
    Ok(amount)
}
