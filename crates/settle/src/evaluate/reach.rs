//! Which bounds of a policy are still to be reached, and what is missing to each: the next tier,
//! the next step of a gate. The bounds are those evaluation compares with, in the same numbers.
//!
//! Rates of reports are left out: nobody sells more to upload in time.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Reason;
use super::basis::Counted;
use super::tiers::rate as shown_rate;
use super::trace::share;
use crate::figures::Figures;
use crate::policy::{GateOn, Pay, Policy, Reward, Shape, Tier, TierOn};
use crate::round::{add, div, mul, sub};

/// A bound that is not reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// The reward it belongs to.
    pub reward: String,
    /// Whether it is a step of a gate; else a tier.
    pub gate: bool,
    /// What is compared with it.
    pub on: GateOn,
    /// Where it lies, as the policy writes it.
    pub bound: Decimal,
    /// What is missing: in the policy's measure, money as the policy counts it; terminals for
    /// covered terminals.
    pub missing: Decimal,
    /// The same as a share of what must be reached.
    pub missing_share: Decimal,
    /// Rate, or share of the reward, that is then paid, as people read it.
    pub gives: String,
}

/// The next bound of every tiered and gated reward, in the order of the rewards. A bound that
/// needs a figure nobody knows is left out.
pub fn within_reach(policy: &Policy, figures: &Figures) -> Vec<Reach> {
    let Ok(counted) = Counted::new(policy, figures) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for reward in &policy.rewards {
        for gate in &reward.gates {
            let steps = gate.steps.iter().map(|step| (step.at_least, step.share));
            found.extend(next(&counted, reward, gate.on, steps, true, share));
        }
        let (on, pay, tiers): (GateOn, Pay, &[Tier]) = match &reward.shape {
            Shape::Tiers { on, pay, tiers, .. } => {
                let on = match on {
                    TierOn::Basis => GateOn::Basis,
                    TierOn::Achievement => GateOn::Achievement,
                };
                (on, *pay, tiers)
            }
            Shape::Growth { tiers, .. } => (GateOn::Growth, Pay::Percent, tiers),
            _ => continue,
        };
        let steps = tiers.iter().map(|tier| (tier.from, tier.rate));
        found.extend(next(&counted, reward, on, steps, false, |rate| {
            shown_rate(pay, rate)
        }));
    }
    found
}

/// The lowest of the steps that lies above what was reached.
fn next(
    counted: &Counted<'_>,
    reward: &Reward,
    on: GateOn,
    steps: impl Iterator<Item = (Decimal, Decimal)>,
    gate: bool,
    shown: impl Fn(Decimal) -> String,
) -> Option<Reach> {
    let level = counted.level(on).ok()?;
    let mut above: Vec<(Decimal, Decimal)> = steps
        .filter(|(bound, _)| level.reaches(*bound) == Ok(false))
        .collect();
    above.sort_unstable();
    let (bound, gives) = *above.first()?;
    let (missing, missing_share) = missing(counted, on, bound).ok()??;
    Some(Reach {
        reward: reward.id.clone(),
        gate,
        on,
        bound,
        missing,
        missing_share,
        gives: shown(gives),
    })
}

/// What is missing to a bound, and its share of what must be reached; `None`: nothing to be done.
fn missing(
    counted: &Counted<'_>,
    on: GateOn,
    bound: Decimal,
) -> Result<Option<(Decimal, Decimal)>, Reason> {
    let measure = counted.policy.basis.measure;
    let scale = counted.scale(measure);
    let (wanted, now, scale) = match on {
        GateOn::Basis => (mul(bound, scale)?, counted.basis(measure)?, scale),
        GateOn::Achievement => {
            let wanted = mul(bound, counted.target(measure)?)?;
            (wanted, counted.basis(measure)?, scale)
        }
        GateOn::Growth => {
            let base = counted.last_year(measure)?;
            (
                add(base, mul(bound, base)?)?,
                counted.basis(measure)?,
                scale,
            )
        }
        GateOn::CoveredTerminals => (bound, counted.level(on)?.value, Decimal::ONE),
        GateOn::UploadRate | GateOn::TimelinessRate => return Ok(None),
    };
    if wanted <= Decimal::ZERO {
        return Ok(None);
    }
    let missing = sub(wanted, now)?;
    Ok(Some((
        div(missing, scale)?.normalize(),
        div(missing, wanted)?,
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(more: &str, figures: &str) -> Vec<(bool, String, String)> {
        let text = format!(
            "id = \"A\"\nversion = 1\nname = \"n\"\nvalid_from = 2026-01-01\nperiod = \"month\"\n\
             [party]\ntiers = [\"一级\"]\n{more}"
        );
        let policy = Policy::parse("a.toml", &text).unwrap();
        let figures = Figures::parse("f.toml", figures).unwrap();
        within_reach(&policy, &figures)
            .into_iter()
            .map(|it| (it.gate, it.missing.to_string(), it.gives))
            .collect()
    }

    const BASIS: &str =
        "[basis]\nsource = \"sale\"\ncounting_point = \"terminal\"\nmeasure = \"amount\"\n";
    const TIERS: &str = "[[reward]]\nid = \"t\"\nshape = \"tiers\"\non = \"basis\"\n\
         mode = \"retroactive\"\n\
         tiers = [{ from = 0, rate = 0.01 }, { from = 100000, rate = 0.02 }, { from = 200000, rate = 0.03 }]\n";

    #[test]
    fn the_next_tier_is_named_with_what_is_missing() {
        let policy = format!("{BASIS}{TIERS}");
        let tier = |missing: &str, gives: &str| vec![(false, missing.to_owned(), gives.to_owned())];
        assert_eq!(reach(&policy, "amount = 169000"), tier("31000", "3%"));
        assert_eq!(reach(&policy, "amount = 99999.99"), tier("0.01", "2%"));
        assert_eq!(reach(&policy, "amount = 200000"), []);
        // Bounds are meant without tax: 113 with tax are 100.
        let without = policy.replace(
            "measure = \"amount\"\n",
            "measure = \"amount\"\ntax = \"excluded\"\ntax_rate = 0.13\n",
        );
        assert_eq!(reach(&without, "amount = 107350"), tier("5000", "2%"));
    }

    #[test]
    fn gates_are_measured_in_what_they_ask_for() {
        let reward = "[target]\n[[reward]]\nid = \"p\"\nshape = \"percent\"\nrate = 0.04\n\
             [[reward.gate]]\non = \"achievement\"\nsteps = [{ at_least = 0.9, share = 0.8 }, { at_least = 1, share = 1 }]\n";
        let policy = format!("{BASIS}{reward}");
        let figures = "amount = 460000\ntarget = { amount = 500000 }";
        assert_eq!(
            reach(&policy, figures),
            [(true, "40000".to_owned(), "100%".to_owned())]
        );
        // Without a target nothing can be said.
        assert_eq!(reach(&policy, "amount = 460000"), []);
    }
}
