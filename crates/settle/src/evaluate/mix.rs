//! Product mix: groups with demands, and what the failure of one does to the others. Example 9.

use channelflow_model::settlement::Measure;
use rust_decimal::Decimal;

use super::basis::{Counted, counted as count};
use super::tiers::rate;
use super::trace::{Trace, number};
use super::{Reason, Stage};
use crate::figures::Sums;
use crate::policy::{Failure, Group, GroupRole, Reward};
use crate::round::{add, mul};

/// What a mix comes to.
pub(super) struct Mixed {
    /// What its groups pay.
    pub(super) amount: Decimal,
    /// Whether the whole policy pays nothing.
    pub(super) agreement_failed: bool,
}

/// Judges every group, then pays those that may be paid.
pub(super) fn mix(
    counted: &Counted<'_>,
    reward: &Reward,
    failure: Failure,
    groups: &[Group],
    trace: &mut Trace,
) -> Result<Mixed, Reason> {
    let id = Some(reward.id.as_str());
    let mut judged = Vec::new();
    for group in groups {
        judged.push((group, met(counted, reward, group, trace)?));
    }
    let failed = judged
        .iter()
        .any(|(group, met)| !met && group.role != GroupRole::Sub);
    if failed && failure == Failure::Agreement {
        let code = "policy_step_mix_agreement_failed";
        trace.make(Stage::Mix, id, code, &[], Decimal::ZERO);
        return Ok(Mixed {
            amount: Decimal::ZERO,
            agreement_failed: true,
        });
    }
    let mut total = Decimal::ZERO;
    for (group, met) in judged {
        let payable = match failure {
            Failure::Main { subs_payable } if failed => {
                group.role != GroupRole::Main && subs_payable
            }
            _ => true,
        };
        let Some(per) = group.rate else {
            continue;
        };
        if !met {
            continue;
        }
        if !payable {
            let code = "policy_step_mix_not_payable";
            let said: [(_, &dyn std::fmt::Display); 1] = [("group", &group.id)];
            trace.change(Stage::Mix, id, code, &said, (total, total));
            continue;
        }
        let measure = counted.paid_on(group.pay);
        let base = figure(counted, group, measure)?;
        let amount = counted.pay(group.pay, base, per)?;
        let after = add(total, amount)?;
        trace.change(
            Stage::Mix,
            id,
            "policy_step_mix_pays",
            &[
                ("group", &group.id),
                ("base", &number(counted.shown(measure, base)?)),
                ("rate", &rate(group.pay, per)),
                ("amount", &number(amount)),
            ],
            (total, after),
        );
        total = after;
    }
    Ok(Mixed {
        amount: total,
        agreement_failed: false,
    })
}

fn met(
    counted: &Counted<'_>,
    reward: &Reward,
    group: &Group,
    trace: &mut Trace,
) -> Result<bool, Reason> {
    let Some(needs) = group.needs else {
        return Ok(true);
    };
    let actual = figure(counted, group, group.measure)?;
    let met = actual >= mul(needs, counted.scale(group.measure))?;
    let code = if met {
        "policy_step_mix_met"
    } else {
        "policy_step_mix_failed"
    };
    trace.note(
        Stage::Mix,
        Some(&reward.id),
        code,
        &[
            ("group", &group.id),
            ("role", &role_word(group.role)),
            ("actual", &number(counted.shown(group.measure, actual)?)),
            ("needs", &number(needs)),
            ("measure", &group.measure.as_str()),
        ],
    );
    Ok(met)
}

fn figure(counted: &Counted<'_>, group: &Group, measure: Measure) -> Result<Decimal, Reason> {
    let figures = &counted.figures.groups;
    let mut sums: Option<Sums> = None;
    for known in figures.iter().filter(|known| known.id == group.id) {
        let more = count(counted.policy, &known.basis);
        sums = Some(sums.map_or(more, |sums| sums.plus(&more)));
    }
    sums.and_then(|sums| sums.of(measure)).ok_or_else(|| {
        let reason = Reason::new("policy_held_no_group")
            .fact("group", &group.id)
            .fact("measure", &measure.as_str());
        counted.unknown(measure, reason)
    })
}

fn role_word(role: GroupRole) -> &'static str {
    match role {
        GroupRole::Main => "main",
        GroupRole::Core => "core",
        GroupRole::Sub => "sub",
    }
}
