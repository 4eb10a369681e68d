//! What is wrong with an organisation, all of it at once.
//!
//! A circle of parents always has an edge that does not fall from a level to a lower one, and is
//! reported by it.

use channelflow_model::settlement::{OrgUnit, Seat, Span, UnitLevel};
use channelflow_model::{Finding, Place, Severity};

use super::Org;
use crate::timeline::first_gap;

/// Units and seats that contradict each other.
pub(crate) fn problems(org: &Org<'_>, units: &[OrgUnit], seats: &[Seat]) -> Vec<Finding> {
    let mut found = Vec::new();
    for unit in units {
        parent_problems(org, unit, &mut found);
    }
    let mut by_id: Vec<&OrgUnit> = units.iter().collect();
    by_id.sort_by_key(|unit| (unit.id.as_str(), unit.span));
    for (unit, next) in by_id.iter().zip(by_id.iter().skip(1)) {
        if unit.id != next.id {
            continue;
        }
        if unit.span.overlaps(next.span) {
            found.push(about("settle_unit_twice", next).fact("other", unit.span));
        }
        if unit.level != next.level {
            found.push(about("settle_unit_level_changes", next).fact("other", unit.level.as_str()));
        }
    }
    let mut companies: Vec<&OrgUnit> = units
        .iter()
        .filter(|unit| unit.level == UnitLevel::Company)
        .collect();
    companies.sort_by_key(|unit| (unit.span, unit.id.as_str()));
    for (company, next) in companies.iter().zip(companies.iter().skip(1)) {
        if company.id != next.id && company.span.overlaps(next.span) {
            found.push(about("settle_two_companies", next).fact("other", &company.id));
        }
    }
    seat_problems(org, seats, &mut found);
    found
}

fn parent_problems(org: &Org<'_>, unit: &OrgUnit, found: &mut Vec<Finding>) {
    if unit.level == UnitLevel::Company {
        if !unit.parent.is_empty() {
            found.push(about("settle_company_has_parent", unit).fact("parent", &unit.parent));
        }
        return;
    }
    let parents = org.placements(&unit.parent);
    if let Some(gap) = first_gap(unit.span, parents.iter().map(|parent| parent.span)) {
        found.push(
            about("settle_parent_missing", unit)
                .fact("parent", &unit.parent)
                .fact("days", gap),
        );
    }
    for parent in parents {
        if parent.span.overlaps(unit.span) && parent.level >= unit.level {
            found.push(
                about("settle_levels_turned", unit)
                    .fact("parent", &unit.parent)
                    .fact("other", parent.level.as_str()),
            );
            break;
        }
    }
}

fn seat_problems(org: &Org<'_>, seats: &[Seat], found: &mut Vec<Finding>) {
    let about = |code, seat: &Seat| {
        Finding::new(code, Severity::Error, Place::default())
            .fact("post", &seat.post_id)
            .fact("person", &seat.person_id)
            .fact("span", seat.span)
    };
    let mut sorted: Vec<&Seat> = seats.iter().collect();
    sorted.sort_by_key(|seat| (seat.post_id.as_str(), seat.span, seat.person_id.as_str()));
    for (seat, next) in sorted.iter().zip(sorted.iter().skip(1)) {
        if seat.post_id == next.post_id && seat.span.overlaps(next.span) {
            found.push(
                about("settle_seats_overlap", next)
                    .fact("other", &seat.person_id)
                    .fact("other_span", seat.span),
            );
        }
    }
    for seat in sorted {
        if let Some(gap) = first_gap(seat.span, post_spans(org, &seat.post_id)) {
            found.push(about("settle_seat_without_post", seat).fact("days", gap));
        }
    }
}

/// Days a post exists.
pub(crate) fn post_spans<'o>(org: &'o Org<'_>, post_id: &str) -> impl Iterator<Item = Span> + 'o {
    let placements = org.placements(post_id).iter();
    placements
        .filter(|unit| unit.level == UnitLevel::Post)
        .map(|unit| unit.span)
}

fn about(code: &'static str, unit: &OrgUnit) -> Finding {
    Finding::new(code, Severity::Error, Place::default())
        .fact("unit", &unit.id)
        .fact("level", unit.level.as_str())
        .fact("span", unit.span)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{codes, seat, unit};

    #[test]
    fn every_contradiction_is_named() {
        use UnitLevel::{Company, District, Post, Region};
        let all = "2026-01-01..";
        let fine = || {
            vec![
                unit("C", Company, "", all),
                unit("R", Region, "C", all),
                unit("P", Post, "R", all),
            ]
        };
        let cases = [
            (vec![], vec![], ""),
            (
                vec![unit("X", District, "", all)],
                vec![],
                "settle_parent_missing",
            ),
            (
                vec![unit("X", District, "P", all)],
                vec![],
                "settle_levels_turned",
            ),
            (
                vec![unit("X", District, "R", "2025-06-01..")],
                vec![],
                "settle_parent_missing",
            ),
            (
                vec![unit("P", Post, "C", "2026-05-01..")],
                vec![],
                "settle_unit_twice",
            ),
            (
                vec![unit("D", Company, "", "2026-05-01..2026-05-02")],
                vec![],
                "settle_two_companies",
            ),
            (
                vec![unit("D", Company, "C", "2025-05-01..2025-05-02")],
                vec![],
                "settle_company_has_parent",
            ),
            (
                vec![],
                vec![
                    seat("P", "u", "2026-01-01..2026-02-01"),
                    seat("P", "v", "2026-02-01.."),
                ],
                "settle_seats_overlap",
            ),
            (
                vec![],
                vec![seat("R", "u", all)],
                "settle_seat_without_post",
            ),
            (
                vec![],
                vec![seat("P", "u", "2025-01-01..")],
                "settle_seat_without_post",
            ),
        ];
        for (more, seats, code) in cases {
            let mut units = fine();
            units.extend(more);
            let found = problems(&Org::new(&units, &seats), &units, &seats);
            assert_eq!(codes(&found), code, "{units:?}");
        }
    }

    #[test]
    fn a_circle_is_reported() {
        let units = [
            unit("A", UnitLevel::Region, "B", "2026-01-01.."),
            unit("B", UnitLevel::Region, "A", "2026-01-01.."),
        ];
        let found = problems(&Org::new(&units, &[]), &units, &[]);
        assert_eq!(codes(&found), "settle_levels_turned settle_levels_turned");
    }
}
