//! What policies do to one another: versions that leave gaps or overlap, successors that are not
//! there, two policies that pay the same party twice for the same sale.

use channelflow_model::settlement::Span;
use channelflow_model::{Finding, Severity};

use super::check::about;
use super::reward::{GateOn, Reward, Shape};
use super::{Policy, Source};

/// Checks policies in the order of their keys.
pub(super) fn check(policies: &[&Policy], findings: &mut Vec<Finding>) {
    for (at, policy) in policies.iter().enumerate() {
        let others = policies.iter().skip(at + 1).copied();
        for other in others.clone() {
            if policy.key() == other.key() {
                findings.push(
                    about("policy_key_twice", Severity::Error, other).fact("other", &policy.file),
                );
            } else if policy.id == other.id {
                versions_overlap(policy, other, findings);
            } else {
                double_pay(policy, other, findings);
            }
        }
        if let Some(next) = others.clone().find(|other| other.id == policy.id) {
            gap(policy, next, findings);
            if let Some(end) = policy.followed {
                findings.push(
                    about("policy_version_followed", Severity::Info, next)
                        .fact("other", policy.key())
                        .fact("end", end),
                );
            }
        }
        successor(policy, policies, findings);
    }
}

fn versions_overlap(policy: &Policy, other: &Policy, findings: &mut Vec<Finding>) {
    if let Some(shared) = shared(policy.holds(), other.holds()) {
        findings.push(
            about("policy_versions_overlap", Severity::Error, other)
                .fact("other", policy.key())
                .fact("days", shared),
        );
    }
}

/// Days between a version and the next one.
fn gap(policy: &Policy, next: &Policy, findings: &mut Vec<Finding>) {
    let Some(first) = policy.holds().to.and_then(|to| to.plus_days(1)) else {
        return;
    };
    let last = next.valid.from.plus_days(-1);
    if let Some(last) = last.filter(|last| *last >= first) {
        findings.push(
            about("policy_versions_gap", Severity::Warning, next)
                .fact("other", policy.key())
                .fact("first", first)
                .fact("last", last),
        );
    }
}

/// A policy that ends says what follows, and what follows is there.
fn successor(policy: &Policy, policies: &[&Policy], findings: &mut Vec<Finding>) {
    let Some(end) = policy.holds().to else {
        return;
    };
    let Some(named) = &policy.successor else {
        let later = |other: &&&Policy| other.id == policy.id && other.valid.from > end;
        if !policies.iter().any(|other| later(&other)) {
            findings.push(about("policy_no_successor", Severity::Warning, policy).fact("end", end));
        }
        return;
    };
    let next = policies
        .iter()
        .find(|other| other.key() == *named || other.id == *named && other.id != policy.id);
    match next {
        None => findings.push(
            about("policy_successor_unknown", Severity::Warning, policy).fact("named", named),
        ),
        Some(next) if next.id != policy.id => gap(policy, next, findings),
        Some(_) => {}
    }
}

/// Two policies that may pay the same party for the same lines. Whether a distributor is of a
/// tier, or a product in a group, is not known here: what cannot be excluded is reported.
fn double_pay(policy: &Policy, other: &Policy, findings: &mut Vec<Finding>) {
    let Some(shared) = shared(policy.holds(), other.holds()) else {
        return;
    };
    let same_kind = policy.rewards.iter().any(|reward| {
        let family = family(reward);
        other
            .rewards
            .iter()
            .any(|known| self::family(known) == family)
    });
    if same_kind && same_party(policy, other) && same_lines(policy, other) {
        findings.push(
            about("policy_double_pay", Severity::Warning, other)
                .fact("other", policy.key())
                .fact("days", shared),
        );
    }
}

/// Rewards of one family pay for the same thing.
#[derive(PartialEq, Eq)]
enum Family {
    Volume,
    Service,
    Payment,
    Bill,
    Protection,
    Difference,
}

fn family(reward: &Reward) -> Family {
    let service = |on: GateOn| {
        matches!(
            on,
            GateOn::UploadRate | GateOn::TimelinessRate | GateOn::CoveredTerminals
        )
    };
    match reward.shape {
        Shape::Timeliness { .. } => Family::Payment,
        Shape::BillDiscount { .. } => Family::Bill,
        Shape::PriceProtection { .. } => Family::Protection,
        Shape::PriceDifference => Family::Difference,
        _ if reward.gates.iter().any(|gate| service(gate.on)) => Family::Service,
        _ => Family::Volume,
    }
}

fn same_party(policy: &Policy, other: &Policy) -> bool {
    let shares = |a: &[String], b: &[String]| a.iter().any(|value| b.contains(value));
    let (a, b) = (&policy.party, &other.party);
    shares(&a.distributors, &b.distributors)
        || shares(&a.tiers, &b.tiers)
        || (!a.distributors.is_empty() && !b.tiers.is_empty())
        || (!a.tiers.is_empty() && !b.distributors.is_empty())
}

fn same_lines(policy: &Policy, other: &Policy) -> bool {
    let (a, b) = (&policy.scope, &other.scope);
    policy.basis.source == other.basis.source
        && (policy.basis.source != Source::Sale || same_counting(policy, other))
        && same_products(policy, other)
        && a.customers.meets(&b.customers)
        && a.customer_roles.meets(&b.customer_roles)
        && areas_meet(policy, other)
}

fn same_counting(policy: &Policy, other: &Policy) -> bool {
    let (a, b) = (
        policy.basis.counting_point.point(),
        other.basis.counting_point.point(),
    );
    let tiers = a.tiers.is_empty()
        || b.tiers.is_empty()
        || a.tiers.iter().any(|tier| b.tiers.contains(tier));
    tiers && a.classes.iter().any(|class| b.classes.contains(class))
}

/// Products named on both sides can be compared, so can groups; a product and a group cannot.
fn same_products(policy: &Policy, other: &Policy) -> bool {
    let (a, b) = (&policy.scope, &other.scope);
    let all = |scope: &super::Scope| {
        scope.products.only.is_empty() && scope.product_groups.only.is_empty()
    };
    if all(a) || all(b) {
        let named = if all(a) { b } else { a };
        let barring = if all(a) { a } else { b };
        let open = |only: &[String], barred: &[String]| only.iter().any(|id| !barred.contains(id));
        return all(named)
            || open(&named.products.only, &barring.products.except)
            || open(&named.product_groups.only, &barring.product_groups.except);
    }
    let mixed = |x: &super::Scope, y: &super::Scope| {
        !x.products.only.is_empty() && !y.product_groups.only.is_empty()
    };
    let shares = |x: &[String], y: &[String]| x.iter().any(|id| y.contains(id));
    mixed(a, b)
        || mixed(b, a)
        || shares(&a.products.only, &b.products.only)
        || shares(&a.product_groups.only, &b.product_groups.only)
}

/// A province meets its cities.
fn areas_meet(policy: &Policy, other: &Policy) -> bool {
    let (a, b) = (&policy.scope.areas, &other.scope.areas);
    if a.only.is_empty() || b.only.is_empty() {
        return a.meets(b);
    }
    let within =
        |x: &str, y: &str| x == y || x.strip_prefix(y).is_some_and(|rest| rest.starts_with('/'));
    a.only.iter().any(|x| {
        b.only.iter().any(|y| {
            (within(x, y) || within(y, x)) && !a.except.contains(y) && !b.except.contains(x)
        })
    })
}

fn shared(a: Span, b: Span) -> Option<Span> {
    a.overlaps(b).then(|| Span {
        from: a.from.max(b.from),
        to: match (a.to, b.to) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        },
    })
}
