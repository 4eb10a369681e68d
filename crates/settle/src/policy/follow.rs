//! Versions that follow one another: a version without a last day holds until the day before a later
//! version begins. Nobody edits a signed file for that.

use channelflow_model::Day;

use super::Policy;

/// Says of every version without a last day when a later version of its agreement ends it. `after`
/// is whether the second version may end the first.
pub fn follow(policies: &mut [Policy], after: impl Fn(usize, usize) -> bool) {
    let last_days: Vec<Option<Day>> = (0..policies.len())
        .map(|at| last_day(policies, at, &after))
        .collect();
    for (policy, last_day) in policies.iter_mut().zip(last_days) {
        policy.followed = last_day;
    }
}

fn last_day(policies: &[Policy], at: usize, after: &impl Fn(usize, usize) -> bool) -> Option<Day> {
    let policy = policies.get(at)?;
    if policy.valid.to.is_some() {
        return None;
    }
    let later = policies.iter().enumerate().filter(|(other_at, other)| {
        other.id == policy.id
            && other.version > policy.version
            && other.valid.from > policy.valid.from
            && after(at, *other_at)
    });
    let next = later.map(|(_, other)| other.valid.from).min()?;
    next.plus_days(-1)
}
