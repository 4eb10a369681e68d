//! Corrections of earlier periods: an original is never edited, a later line says the difference.
//! Examples 16, 16b, 16c.

use channelflow_model::settlement::Measure;
use rust_decimal::Decimal;

use super::{EvaluatedLine, Evaluation, LineKind, Reason, evaluate};
use crate::figures::{Figures, Prior, Sums};
use crate::policy::{Pay, Policy, Returns, Shape};
use crate::round::{add, div, mul, sub};

/// The difference between an earlier period as it is now and what was stated for it.
///
/// `now` is its evaluation with its figures as they are now, with nothing already paid and no
/// earlier periods of its own. `stated_before` is what was stated for it so far, adjustments and
/// what its floor handed on included. Whoever books late lines in their own period by
/// [`crate::policy::Late::Current`] has nothing to adjust.
pub fn adjust(
    policy: &Policy,
    period: &str,
    now: &Evaluation,
    stated_before: Decimal,
) -> EvaluatedLine {
    let difference = match (&now.held, now.total, now.carry) {
        (None, Some(total), Some(carry)) => {
            add(total, carry).and_then(|total| sub(total, stated_before))
        }
        (Some(reason), _, _) => Err(reason.clone()),
        (None, _, _) => Err(Reason::new("policy_held_too_large")),
    };
    line(policy, period, difference)
}

/// What goods that came back from an earlier period cost, and the code of the step that says so.
pub fn clawback(policy: &Policy, prior: &Prior) -> (EvaluatedLine, &'static str) {
    match policy.basis.returns {
        // The returned goods already stand in the basis of this period.
        Returns::Net => {
            let nothing = line(policy, &prior.period, Ok(Decimal::ZERO));
            (nothing, "policy_step_prior_netted")
        }
        Returns::Ignore => {
            let nothing = line(policy, &prior.period, Ok(Decimal::ZERO));
            (nothing, "policy_step_prior_ignored")
        }
        Returns::Flat { pay, rate } => {
            let cost = flat(policy, prior, pay, rate);
            (line(policy, &prior.period, cost), "policy_step_prior_flat")
        }
        Returns::Retier => {
            let adjusted = match now(policy, prior) {
                Ok(figures) => adjust(
                    policy,
                    &prior.period,
                    &evaluate(policy, &figures),
                    prior.stated,
                ),
                Err(reason) => line(policy, &prior.period, Err(reason)),
            };
            (adjusted, "policy_step_prior_retier")
        }
    }
}

/// The figures of the earlier period with what came back since.
fn now(policy: &Policy, prior: &Prior) -> Result<Figures, Reason> {
    let whole = policy.rewards.iter().all(|reward| {
        !matches!(
            reward.shape,
            Shape::Mix { .. } | Shape::SubPeriods { .. } | Shape::PriceDifference
        )
    });
    if !whole {
        // What came back is known in sum, not by group, part or product: the period has to be
        // gathered again and given to `adjust`.
        return Err(Reason::new("policy_held_prior_in_parts").fact("period", &prior.period));
    }
    let mut figures = (*prior.figures).clone();
    let before = figures.basis.returned.unwrap_or(Sums::NOTHING);
    figures.basis.returned = Some(before.plus(&prior.returned));
    figures.already_paid = Decimal::ZERO;
    figures.prior = Vec::new();
    Ok(figures)
}

fn flat(policy: &Policy, prior: &Prior, pay: Pay, rate: Decimal) -> Result<Decimal, Reason> {
    let measure = match pay {
        Pay::Percent => policy.money(),
        Pay::PerUnit => Measure::Quantity,
    };
    let returned = prior.returned.of(measure).ok_or_else(|| {
        Reason::new("policy_held_no_returned")
            .fact("period", &prior.period)
            .fact("measure", &measure.as_str())
    })?;
    let cost = mul(returned, rate)?;
    match pay {
        Pay::PerUnit => Ok(cost),
        Pay::Percent => {
            let divisor = policy.tax_divisor();
            div(
                cost,
                divisor.ok_or_else(|| Reason::new("policy_held_too_large"))?,
            )
        }
    }
}

fn line(policy: &Policy, period: &str, exact: Result<Decimal, Reason>) -> EvaluatedLine {
    let rounded = exact.and_then(|exact| Ok((exact, policy.rounding.line(exact)?)));
    let (exact, amount, held) = match rounded {
        Ok((exact, amount)) => (Some(exact), Some(amount), None),
        Err(reason) => (None, None, Some(reason)),
    };
    EvaluatedLine {
        kind: LineKind::Prior,
        name: period.to_owned(),
        exact,
        amount,
        held,
    }
}
