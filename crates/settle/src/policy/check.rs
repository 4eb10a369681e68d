//! What is wrong with policies that can be read: tiers that leave gaps, targets nobody named,
//! examples that do not come out. What several policies do to one another stands in `overlap`.

use std::fmt::Display;

use channelflow_model::finding::Place;
use channelflow_model::settlement::Measure;
use channelflow_model::{Finding, PeriodRule, Severity};
use rust_decimal::Decimal;

use super::reward::{GateOn, Pay, Reward, Shape, Tier, TierMode, TierOn};
use super::{Counting, Expect, Policy, Returns, follow, worked};

/// Everything wrong with these policies, each by itself and all together. What it says does not
/// depend on the day or on the order they are given in.
pub fn check(policies: &[Policy], rule: PeriodRule) -> Vec<Finding> {
    let mut policies = policies.to_vec();
    follow(&mut policies, |_, _| true);
    let mut sorted: Vec<&Policy> = policies.iter().collect();
    sorted.sort_by(|a, b| (&a.id, a.version, &a.file).cmp(&(&b.id, b.version, &b.file)));
    let mut findings = Vec::new();
    for policy in &sorted {
        for reward in &policy.rewards {
            check_reward(policy, reward, &mut findings);
        }
        check_target(policy, &mut findings);
        check_partial_span(policy, rule, &mut findings);
        check_unit(policy, &mut findings);
        check_example(policy, &mut findings);
    }
    super::overlap::check(&sorted, &mut findings);
    findings
}

/// A finding about a policy.
pub(super) fn about(code: &'static str, severity: Severity, policy: &Policy) -> Finding {
    let place = Place {
        file: (!policy.file.is_empty()).then(|| policy.file.clone()),
        ..Place::default()
    };
    Finding::new(code, severity, place).fact("policy", policy.key())
}

fn about_reward(
    code: &'static str,
    severity: Severity,
    policy: &Policy,
    reward: &Reward,
) -> Finding {
    let mut finding = about(code, severity, policy).fact("reward", &reward.id);
    finding.place.row = (reward.line > 0).then_some(reward.line);
    finding
}

fn check_reward(policy: &Policy, reward: &Reward, findings: &mut Vec<Finding>) {
    let error = |code| about_reward(code, Severity::Error, policy, reward);
    let measure = policy.basis.measure;
    match &reward.shape {
        Shape::Tiers {
            mode, pay, tiers, ..
        } => {
            check_tiers(policy, reward, tiers, findings);
            let same = paid_on(policy, *pay) == measure;
            if *mode == TierMode::Incremental && !same {
                findings
                    .push(error("policy_incremental_measure").fact("measure", measure.as_str()));
            }
            let top = tiers.last().and_then(|tier| tier.to);
            if let (TierMode::Retroactive, false, Some(top)) = (*mode, same, top) {
                findings.push(error("policy_top_without_measure").fact("to", top));
            }
        }
        Shape::Growth { tiers, .. } => check_tiers(policy, reward, tiers, findings),
        Shape::Excess { pay, .. } if paid_on(policy, *pay) != measure => {
            findings.push(error("policy_target_measure").fact("measure", measure.as_str()));
        }
        Shape::SubPeriods { .. } if policy.money() != measure => {
            findings.push(error("policy_target_measure").fact("measure", measure.as_str()));
        }
        Shape::Mix { groups, .. } => {
            let without = |group: &&super::Group| {
                let counted = group.needs.is_some() && group.measure == Measure::Quantity;
                let paid = group.rate.is_some() && group.pay == Pay::PerUnit;
                (counted || paid) && group.unit.is_none() && policy.basis.unit.is_none()
            };
            for group in groups.iter().filter(without) {
                findings.push(error("policy_group_unit_missing").fact("group", &group.id));
            }
            let pays = groups.iter().any(|group| group.rate.is_some());
            if !pays {
                findings.push(error("policy_mix_pays_nothing"));
            }
        }
        _ => {}
    }
}

fn paid_on(policy: &Policy, pay: Pay) -> Measure {
    match pay {
        Pay::Percent => policy.money(),
        Pay::PerUnit => Measure::Quantity,
    }
}

/// Bounds ascend and touch, rates do not fall.
fn check_tiers(policy: &Policy, reward: &Reward, tiers: &[Tier], findings: &mut Vec<Finding>) {
    let pair = |code, severity, below: &dyn Display, above: &dyn Display| {
        about_reward(code, severity, policy, reward)
            .fact("below", below)
            .fact("above", above)
    };
    for tier in tiers {
        if tier.to.is_some_and(|to| to <= tier.from) {
            let to = tier.to.unwrap_or_default();
            findings.push(pair("policy_tier_empty", Severity::Error, &tier.from, &to));
        }
    }
    for (tier, next) in tiers.iter().zip(tiers.iter().skip(1)) {
        if next.from <= tier.from {
            let code = "policy_tiers_not_ascending";
            findings.push(pair(code, Severity::Error, &tier.from, &next.from));
            continue;
        }
        match tier.to {
            Some(to) if to < next.from => {
                findings.push(pair("policy_tiers_gap", Severity::Error, &to, &next.from));
            }
            Some(to) if to > next.from => {
                findings.push(pair(
                    "policy_tiers_overlap",
                    Severity::Error,
                    &to,
                    &next.from,
                ));
            }
            _ => {}
        }
        if next.rate < tier.rate {
            let code = "policy_rates_fall";
            findings.push(pair(code, Severity::Warning, &tier.rate, &next.rate));
        }
    }
}

/// Whether a policy measures against a target.
pub(super) fn needs_target(policy: &Policy) -> bool {
    let looks = |on: GateOn| on == GateOn::Achievement;
    policy.rewards.iter().any(|reward| {
        reward.gates.iter().any(|gate| looks(gate.on))
            || reward.multipliers.iter().any(|more| looks(more.on))
            || matches!(
                reward.shape,
                Shape::Excess { .. }
                    | Shape::SubPeriods { .. }
                    | Shape::Tiers {
                        on: TierOn::Achievement,
                        ..
                    }
            )
    })
}

fn check_target(policy: &Policy, findings: &mut Vec<Finding>) {
    match &policy.target {
        None if needs_target(policy) => {
            findings.push(about("policy_target_not_named", Severity::Error, policy));
        }
        Some(_) if !needs_target(policy) => {
            findings.push(about("policy_target_not_used", Severity::Warning, policy));
        }
        Some(target)
            if target.counting_point.is_none()
                && matches!(policy.basis.counting_point, Counting::Custom { .. }) =>
        {
            let code = "policy_target_counting_missing";
            findings.push(about(code, Severity::Error, policy));
        }
        _ => {}
    }
}

/// A version that begins or ends inside a span says what its target is then.
fn check_partial_span(policy: &Policy, rule: PeriodRule, findings: &mut Vec<Finding>) {
    if !needs_target(policy) || policy.partial_span().is_some() {
        return;
    }
    let holds = policy.holds();
    let mut spans: Vec<_> = [Some(holds.from), holds.to]
        .into_iter()
        .flatten()
        .filter_map(|day| policy.partial_days(rule.period_of(day), rule))
        .collect();
    spans.dedup();
    for span in spans {
        let finding = about("policy_partial_span", Severity::Warning, policy);
        findings.push(finding.fact("holds", holds).fact("span", span));
    }
}

/// A quantity says what it counts.
fn check_unit(policy: &Policy, findings: &mut Vec<Finding>) {
    let by_unit = |reward: &Reward| match &reward.shape {
        Shape::PerUnit { .. } => true,
        Shape::Tiers { pay, .. } | Shape::Excess { pay, .. } => *pay == Pay::PerUnit,
        _ => false,
    };
    let flat = matches!(
        policy.basis.returns,
        Returns::Flat {
            pay: Pay::PerUnit,
            ..
        }
    );
    let counts = policy.basis.measure == Measure::Quantity;
    if policy.basis.unit.is_none() && (counts || flat || policy.rewards.iter().any(by_unit)) {
        findings.push(about("policy_unit_missing", Severity::Error, policy));
    }
}

fn check_example(policy: &Policy, findings: &mut Vec<Finding>) {
    let Some(worked) = worked(policy) else {
        findings.push(about("policy_no_example", Severity::Warning, policy));
        return;
    };
    if worked.agrees {
        return;
    }
    let amount = |amount: Option<Decimal>| amount.map(|amount| amount.to_string());
    let expected = match &worked.expect {
        Expect::Total { total, carry } => match carry {
            Some(carry) => format!("{total} + {carry}"),
            None => total.to_string(),
        },
        Expect::Held(code) => code.clone(),
    };
    let found = match (&worked.evaluation.held, &worked.expect) {
        (Some(reason), _) => reason.code.to_string(),
        (None, Expect::Total { carry: Some(_), .. }) => format!(
            "{} + {}",
            amount(worked.evaluation.total).unwrap_or_default(),
            amount(worked.evaluation.carry).unwrap_or_default()
        ),
        (None, _) => amount(worked.evaluation.total).unwrap_or_default(),
    };
    findings.push(
        about("policy_example_wrong", Severity::Error, policy)
            .fact("expected", expected)
            .fact("found", found),
    );
}
