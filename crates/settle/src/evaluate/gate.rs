//! Gates and multipliers: what must be reached, and what it then gives.

use rust_decimal::Decimal;

use super::basis::{Counted, Level};
use super::trace::{Trace, number, share};
use super::{Reason, Stage};
use crate::policy::{Gate, GateOn, Reward};
use crate::round::mul;

/// The share of a reward its gates let through (examples 4, 8, 19, 20). A gate that is not
/// reached pays nothing, whatever figure another one misses; else a missing figure holds.
pub(super) fn gates(
    counted: &Counted<'_>,
    reward: &Reward,
    trace: &mut Trace,
) -> Result<Decimal, Reason> {
    let mut total = Ok(Decimal::ONE);
    let mut failed = false;
    for gate in &reward.gates {
        match pass(counted, reward, gate, trace) {
            Ok(passed) => {
                failed |= passed.is_zero();
                total = total.and_then(|total| mul(total, passed));
            }
            Err(reason) => total = total.and(Err(reason)),
        }
    }
    if failed { Ok(Decimal::ZERO) } else { total }
}

fn pass(
    counted: &Counted<'_>,
    reward: &Reward,
    gate: &Gate,
    trace: &mut Trace,
) -> Result<Decimal, Reason> {
    let level = counted.level(gate.on)?;
    let mut reached = None;
    for step in &gate.steps {
        if level.reaches(step.at_least)? {
            reached = Some(step);
        }
    }
    let id = Some(reward.id.as_str());
    let value = as_read(gate.on, level.shown()?);
    if let Some(step) = reached {
        trace.note(
            Stage::Gates,
            id,
            "policy_step_gate",
            &[
                ("on", &gate.on.as_str()),
                ("value", &value),
                ("bound", &as_read(gate.on, step.at_least)),
                ("share", &share(step.share)),
            ],
        );
        return Ok(step.share);
    }
    let lowest = gate.steps.first().map(|step| step.at_least);
    trace.note(
        Stage::Gates,
        id,
        "policy_step_gate_failed",
        &[
            ("on", &gate.on.as_str()),
            ("value", &value),
            ("bound", &as_read(gate.on, lowest.unwrap_or_default())),
        ],
    );
    Ok(Decimal::ZERO)
}

/// A reward after its multipliers; one that is not reached changes nothing.
pub(super) fn multiply(
    counted: &Counted<'_>,
    reward: &Reward,
    amount: Decimal,
    trace: &mut Trace,
) -> Result<Decimal, Reason> {
    let mut amount = amount;
    for multiplier in &reward.multipliers {
        let level: Level = counted.level(multiplier.on)?;
        let mut factor = Decimal::ONE;
        for step in &multiplier.steps {
            if level.reaches(step.at_least)? {
                factor = step.factor;
            }
        }
        let after = mul(amount, factor)?;
        let said: [(_, &dyn std::fmt::Display); 3] = [
            ("on", &multiplier.on.as_str()),
            ("value", &as_read(multiplier.on, level.shown()?)),
            ("factor", &number(factor)),
        ];
        trace.change(
            Stage::Multipliers,
            Some(&reward.id),
            "policy_step_multiplier",
            &said,
            (amount, after),
        );
        amount = after;
    }
    Ok(amount)
}

fn as_read(on: GateOn, value: Decimal) -> String {
    match on {
        GateOn::Basis | GateOn::CoveredTerminals => number(value),
        GateOn::Achievement | GateOn::Growth | GateOn::UploadRate | GateOn::TimelinessRate => {
            share(value)
        }
    }
}
