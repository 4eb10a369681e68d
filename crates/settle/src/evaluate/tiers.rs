//! Tiers in both readings: retroactive (覆盖, the rate reached counts for everything) and
//! incremental (叠加, each rate counts for what lies in its tier). Examples 5, 6, 6b.

use rust_decimal::Decimal;

use super::basis::{Counted, Level};
use super::trace::{Trace, number, share};
use super::{Reason, Stage};
use crate::policy::{GateOn, Pay, Reward, Tier, TierMode, TierOn};
use crate::round::{add, mul, sub};

/// A tier with its upper bound made plain.
#[derive(Debug, Clone, Copy)]
pub(super) struct Band {
    pub(super) from: Decimal,
    /// First value above it; `None`: open.
    pub(super) to: Option<Decimal>,
    pub(super) rate: Decimal,
}

/// The tiers in ascending order; an upper bound never reaches into the next tier.
pub(super) fn bands(tiers: &[Tier]) -> Vec<Band> {
    let mut sorted = tiers.to_vec();
    sorted.sort_by_key(|tier| tier.from);
    let next = sorted.iter().skip(1).map(|tier| Some(tier.from));
    let next: Vec<Option<Decimal>> = next.chain([None]).collect();
    sorted
        .iter()
        .zip(next)
        .map(|(tier, next)| Band {
            from: tier.from,
            to: match (tier.to, next) {
                (Some(to), Some(next)) => Some(to.min(next)),
                (to, next) => to.or(next),
            },
            rate: tier.rate,
        })
        .collect()
}

/// The band a level lies in, and whether it lies above the last one.
pub(super) fn find(
    bands: &[Band],
    level: Level,
    reach_down: bool,
) -> Result<Option<(usize, Band, bool)>, Reason> {
    let mut found = None;
    for (at, band) in bands.iter().enumerate() {
        let lowest = reach_down && at == 0 && band.from.is_zero();
        if !lowest && !level.reaches(band.from)? {
            break;
        }
        let above = match band.to {
            Some(to) => level.reaches(to)?,
            None => false,
        };
        found = Some((at, *band, above));
    }
    // Between two tiers with a gap nothing is earned; above the last one its rate stays.
    Ok(found.filter(|(at, _, above)| !above || at + 1 == bands.len()))
}

/// What tiers pay.
pub(super) fn tiers(
    counted: &Counted<'_>,
    reward: &Reward,
    (on, mode, pay): (TierOn, TierMode, Pay),
    tiers: &[Tier],
    trace: &mut Trace,
) -> Result<Decimal, Reason> {
    let level = counted.level(match on {
        TierOn::Basis => GateOn::Basis,
        TierOn::Achievement => GateOn::Achievement,
    })?;
    let bands = bands(tiers);
    match mode {
        TierMode::Retroactive => retroactive(counted, reward, (on, pay), level, &bands, trace),
        TierMode::Incremental => incremental(counted, reward, (on, pay), level, &bands, trace),
    }
}

fn retroactive(
    counted: &Counted<'_>,
    reward: &Reward,
    (on, pay): (TierOn, Pay),
    level: Level,
    bands: &[Band],
    trace: &mut Trace,
) -> Result<Decimal, Reason> {
    let id = Some(reward.id.as_str());
    let shown = bound(on, level.shown()?);
    let Some((at, band, above)) = find(bands, level, true)? else {
        let code = "policy_step_no_tier";
        trace.make(Stage::Tier, id, code, &[("value", &shown)], Decimal::ZERO);
        return Ok(Decimal::ZERO);
    };
    let measure = counted.paid_on(pay);
    let mut base = counted.basis(measure)?;
    if let (true, Some(to)) = (above, band.to) {
        if measure != counted.policy.basis.measure {
            return Err(Reason::new("policy_held_above_last_tier").fact("value", &shown));
        }
        base = base.min(mul(to, level.scale)?);
    }
    let amount = counted.pay(pay, base, band.rate)?;
    trace.make(
        Stage::Tier,
        id,
        "policy_step_tier",
        &[
            ("value", &shown),
            ("tier", &(at + 1)),
            ("from", &bound(on, band.from)),
            ("base", &number(counted.shown(measure, base)?)),
            ("rate", &rate(pay, band.rate)),
            ("amount", &number(amount)),
        ],
        amount,
    );
    Ok(amount)
}

fn incremental(
    counted: &Counted<'_>,
    reward: &Reward,
    (on, pay): (TierOn, Pay),
    level: Level,
    bands: &[Band],
    trace: &mut Trace,
) -> Result<Decimal, Reason> {
    let id = Some(reward.id.as_str());
    let measure = counted.paid_on(pay);
    if measure != counted.policy.basis.measure {
        return Err(Reason::new("policy_held_incremental_measure"));
    }
    let mut total = Decimal::ZERO;
    for (at, band) in bands.iter().enumerate() {
        let bottom = if at == 0 && band.from.is_zero() {
            Decimal::ZERO.min(level.value)
        } else {
            mul(band.from, level.scale)?
        };
        let top = match band.to {
            Some(to) => level.value.min(mul(to, level.scale)?),
            None => level.value,
        };
        // What is below zero in a first tier from 0 is netting: it costs what it earned.
        let slice = if level.value < Decimal::ZERO && at == 0 && band.from.is_zero() {
            level.value
        } else if top > bottom {
            sub(top, bottom)?
        } else {
            continue;
        };
        let amount = counted.pay(pay, slice, band.rate)?;
        let after = add(total, amount)?;
        trace.change(
            Stage::Tier,
            id,
            "policy_step_slice",
            &[
                ("tier", &(at + 1)),
                ("from", &bound(on, band.from)),
                ("base", &number(counted.shown(measure, slice)?)),
                ("rate", &rate(pay, band.rate)),
                ("amount", &number(amount)),
            ],
            (total, after),
        );
        total = after;
    }
    if total.is_zero() {
        let shown = bound(on, level.shown()?);
        trace.make(
            Stage::Tier,
            id,
            "policy_step_no_tier",
            &[("value", &shown)],
            total,
        );
    }
    Ok(total)
}

fn bound(on: TierOn, value: Decimal) -> String {
    match on {
        TierOn::Basis => number(value),
        TierOn::Achievement => share(value),
    }
}

/// A rate as people read it.
pub(super) fn rate(pay: Pay, rate: Decimal) -> String {
    match pay {
        Pay::Percent => share(rate),
        Pay::PerUnit => number(rate),
    }
}
