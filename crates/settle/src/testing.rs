//! Short hands for tests: reference data on one line each.

use channelflow_model::settlement::{Attribution, GroupMember, OrgUnit, Seat, Span, UnitLevel};
use channelflow_model::{Day, Finding, Micros};

pub(crate) fn day(text: &str) -> Day {
    Day::from_iso(text).unwrap()
}

/// `2026-01-01..2026-03-31`, `2026-01-01..`
pub(crate) fn span(text: &str) -> Span {
    let (from, to) = text.split_once("..").unwrap();
    Span {
        from: day(from),
        to: (!to.is_empty()).then(|| day(to)),
    }
}

pub(crate) fn micros(text: &str) -> Micros {
    text.parse().unwrap()
}

pub(crate) fn unit(id: &str, level: UnitLevel, parent: &str, days: &str) -> OrgUnit {
    OrgUnit {
        id: id.to_owned(),
        name: format!("{id}."),
        level,
        parent: parent.to_owned(),
        span: span(days),
    }
}

pub(crate) fn seat(post: &str, person: &str, days: &str) -> Seat {
    Seat {
        post_id: post.to_owned(),
        person_id: person.to_owned(),
        person_name: format!("{person}."),
        span: span(days),
    }
}

pub(crate) fn member(group: &str, product: &str, days: &str) -> GroupMember {
    GroupMember {
        group_id: group.to_owned(),
        group_name: format!("{group}."),
        product_id: product.to_owned(),
        span: span(days),
    }
}

/// `share` as a text: `0.6`.
pub(crate) fn credit(
    customer: &str,
    group: &str,
    post: &str,
    share: &str,
    days: &str,
) -> Attribution {
    Attribution {
        customer_id: customer.to_owned(),
        product_group: group.to_owned(),
        post_id: post.to_owned(),
        share: micros(share),
        span: span(days),
    }
}

/// The codes of findings, as found.
pub(crate) fn codes(found: &[Finding]) -> String {
    let codes: Vec<&str> = found.iter().map(|it| it.code.as_ref()).collect();
    codes.join(" ")
}
