//! Policies that end, and bounds of running ones that are within reach (政策预警).

use channelflow_model::finding::Severity;
use channelflow_model::settlement::Measure;
use channelflow_settle::Policy;
use channelflow_settle::policy::GateOn;
use channelflow_warehouse::Warehouse;
use rust_decimal::Decimal;

use super::{Look, Warning};
use crate::settle::reach::{PartyReach, reaches};
use crate::table::{money, number};

/// Policies that end within so many days, and those that ended in as many without a successor.
pub(super) fn ending(look: &Look<'_>, days: u32) -> Vec<Warning> {
    let policies = look.books.terms.current();
    let mut found = Vec::new();
    for policy in policies {
        let Some(end) = policy.holds().to else {
            continue;
        };
        let left = end.days_since(look.today);
        if left.abs() > i64::from(days) {
            continue;
        }
        let next = successor(policy, policies);
        let (code, severity) = match (&next, left < 0) {
            (Some(_), true) => continue,
            (Some(_), false) => ("warn_policy_ends", Severity::Info),
            (None, false) => ("warn_policy_ends_alone", Severity::Warning),
            (None, true) => ("warn_policy_ended", Severity::Error),
        };
        found.push(
            Warning::new(code, severity)
                .fact("policy", policy.key())
                .fact("name", &policy.name)
                .fact("end", end)
                .fact("days", left.abs())
                .fact("next", next.unwrap_or_default()),
        );
    }
    found
}

/// Key of what follows a policy: its next version, or the one it names.
fn successor(policy: &Policy, policies: &[Policy]) -> Option<String> {
    let later = policies
        .iter()
        .filter(|it| it.id == policy.id && it.valid.from > policy.valid.from)
        .min_by_key(|it| it.valid.from);
    let named = || {
        let named = policy.successor.as_ref()?;
        let other = |it: &&Policy| it.key() == *named || it.id == *named && it.id != policy.id;
        policies.iter().find(other)
    };
    later.or_else(named).map(Policy::key)
}

/// Next tiers and gates that at most a quarter is missing to.
pub(super) async fn within_reach(
    warehouse: &Warehouse,
    look: &Look<'_>,
) -> anyhow::Result<Vec<Warning>> {
    let all = reaches(warehouse, look.inputs, look.books, look.today).await?;
    let near = all
        .iter()
        .filter(|it| it.reach.missing_share <= Decimal::new(25, 2));
    Ok(near.filter_map(|it| near_bound(look, it)).collect())
}

fn near_bound(look: &Look<'_>, it: &PartyReach) -> Option<Warning> {
    let policy = look.books.terms.policies.get(it.policy)?;
    let reach = &it.reach;
    let measure = policy.basis.measure;
    let terminals = reach.on == GateOn::CoveredTerminals;
    let quantity = measure == Measure::Quantity && !terminals;
    let code = match (reach.gate, terminals, quantity) {
        (true, true, _) => "warn_gate_terminals",
        (true, false, true) => "warn_gate_quantity",
        (true, false, false) => "warn_gate_money",
        (false, _, true) => "warn_tier_quantity",
        (false, _, false) => "warn_tier_money",
    };
    let missing = if quantity || terminals {
        number(reach.missing)
    } else {
        money(reach.missing)
    };
    let warning = Warning::new(code, Severity::Info)
        .fact("distributor", look.distributor(&it.party_id))
        .fact("policy", policy.key())
        .fact("name", &policy.name)
        .fact("reward", &reach.reward)
        .fact("measure", measure.as_str())
        .fact("unit", policy.basis.unit.as_deref().unwrap_or_default())
        .fact("missing", missing)
        .fact("gives", &reach.gives)
        .fact("end", it.ends)
        .fact("days", it.ends.days_since(look.today));
    Some(Warning {
        missing_share: Some(reach.missing_share.round_dp(6).normalize()),
        ..warning
    })
}
