//! The organisation: units under units, posts at the bottom, persons on posts, each for a time.
//!
//! Levels fall strictly from parent to child, so walking up ends at the company whatever the data
//! says. Not here: which organisation a report asks for (`achieve`), and who is credited for a
//! customer (`attribute`).

mod check;

pub(crate) use check::{post_spans, problems};

use channelflow_model::Day;
use channelflow_model::settlement::{OrgUnit, Seat, UnitLevel};
use rustc_hash::FxHashMap;

use crate::timeline::{Timeline, until};

/// Units and seats by id.
#[derive(Debug, Clone, Default)]
pub struct Org<'a> {
    units: FxHashMap<&'a str, Vec<&'a OrgUnit>>,
    seats: Vec<&'a Seat>,
    posts: FxHashMap<&'a str, Timeline<u32>>,
}

impl<'a> Org<'a> {
    /// Lays out units and seats. Of two seats of a post on one day the one that began first holds.
    pub fn new(units: &'a [OrgUnit], seats: &'a [Seat]) -> Self {
        let mut org = Org::default();
        for unit in units {
            org.units.entry(&unit.id).or_default().push(unit);
        }
        for placements in org.units.values_mut() {
            placements.sort_unstable_by_key(|unit| (unit.span, unit.parent.as_str()));
        }
        org.seats = seats.iter().collect();
        org.seats
            .sort_unstable_by_key(|seat| (seat.post_id.as_str(), seat.span, &seat.person_id));
        let mut rest = 0u32;
        for held in org.seats.chunk_by(|a, b| a.post_id == b.post_id) {
            let cuts = held
                .iter()
                .flat_map(|seat| [seat.span.from.number(), until(seat.span)]);
            let line = Timeline::build(cuts.collect(), |day| {
                let holds = |seat: &&Seat| seat.span.from.number() <= day && day < until(seat.span);
                (rest..)
                    .zip(held)
                    .find(|(_, seat)| holds(seat))
                    .map(|(at, _)| at)
            });
            if let Some(seat) = held.first() {
                org.posts.insert(&seat.post_id, line);
            }
            rest = rest.saturating_add(u32::try_from(held.len()).unwrap_or(u32::MAX));
        }
        org
    }

    /// Who holds the post on the day; `None`: it is vacant.
    pub fn holder(&self, post_id: &str, day: Day) -> Option<&'a Seat> {
        let seat = self.posts.get(post_id)?.at(day).value?;
        self.seat(seat)
    }

    /// The days seats of a post hold, by seat number.
    pub(crate) fn seat_line(&self, post_id: &str) -> Option<&Timeline<u32>> {
        self.posts.get(post_id)
    }

    pub(crate) fn seat(&self, number: u32) -> Option<&'a Seat> {
        self.seats.get(number as usize).copied()
    }

    /// Where every unit stands on a day.
    pub fn tree(&self, day: Day) -> Tree<'a> {
        let stands = self.units.iter().filter_map(|(id, placements)| {
            let unit = placements.iter().find(|unit| unit.span.contains(day))?;
            Some((*id, *unit))
        });
        Tree {
            units: stands.collect(),
        }
    }

    /// The placements of a unit, in order of time.
    pub(crate) fn placements(&self, id: &str) -> &[&'a OrgUnit] {
        self.units.get(id).map_or(&[], Vec::as_slice)
    }

    /// Name of a unit: of its latest placement.
    pub fn name(&self, id: &str) -> &'a str {
        self.placements(id).last().map_or("", |unit| &unit.name)
    }

    /// Name of a person: of their latest seat.
    pub(crate) fn person_names(&self) -> FxHashMap<&'a str, &'a str> {
        let mut seats = self.seats.clone();
        seats.sort_by_key(|seat| seat.span);
        seats
            .into_iter()
            .map(|seat| (seat.person_id.as_str(), seat.person_name.as_str()))
            .collect()
    }
}

/// The organisation on one day.
#[derive(Debug, Clone, Default)]
pub struct Tree<'a> {
    units: FxHashMap<&'a str, &'a OrgUnit>,
}

impl<'a> Tree<'a> {
    /// The unit of every level, from the company down, that a unit stands under, itself included.
    /// A level that is left out is `None`; so is everything for a unit that does not exist then.
    pub fn ancestors(&self, id: &str) -> [Option<&'a str>; 5] {
        let mut found = [None; 5];
        let mut at = self.units.get(id);
        while let Some(unit) = at {
            if let Some(place) = found.get_mut(unit.level as usize) {
                *place = Some(unit.id.as_str());
            }
            let above = self.units.get(unit.parent.as_str());
            at = above.filter(|parent| parent.level < unit.level);
        }
        found
    }

    /// The unit above, if it stands there and is of a higher level.
    pub fn parent(&self, id: &str) -> Option<&'a str> {
        let unit = self.units.get(id)?;
        let parent = self.units.get(unit.parent.as_str())?;
        (parent.level < unit.level).then_some(parent.id.as_str())
    }

    /// Level of a unit.
    pub fn level(&self, id: &str) -> Option<UnitLevel> {
        self.units.get(id).map(|unit| unit.level)
    }

    /// Every unit of a level, by id.
    pub fn units(&self, level: UnitLevel) -> Vec<&'a str> {
        let mut ids: Vec<&'a str> = self
            .units
            .values()
            .filter(|unit| unit.level == level)
            .map(|unit| unit.id.as_str())
            .collect();
        ids.sort_unstable();
        ids
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{day, seat, unit};

    #[test]
    fn a_post_that_moves_has_other_ancestors_then() {
        let units = [
            unit("C", UnitLevel::Company, "", "2026-01-01.."),
            unit("R1", UnitLevel::Region, "C", "2026-01-01.."),
            unit("R2", UnitLevel::Region, "C", "2026-01-01.."),
            unit("D1", UnitLevel::District, "R1", "2026-01-01.."),
            unit("P", UnitLevel::Post, "D1", "2026-01-01..2026-03-31"),
            unit("P", UnitLevel::Post, "R2", "2026-04-01.."),
        ];
        let org = Org::new(&units, &[]);
        let march = org.tree(day("2026-03-31")).ancestors("P");
        assert_eq!(march, [Some("C"), Some("R1"), None, Some("D1"), Some("P")]);
        let april = org.tree(day("2026-04-01")).ancestors("P");
        assert_eq!(april, [Some("C"), Some("R2"), None, None, Some("P")]);
        assert_eq!(org.tree(day("2025-04-01")).ancestors("P"), [None; 5]);
        assert_eq!(org.tree(day("2026-04-01")).parent("P"), Some("R2"));
    }

    #[test]
    fn walking_up_ends_even_in_a_circle() {
        let units = [
            unit("A", UnitLevel::Region, "B", "2026-01-01.."),
            unit("B", UnitLevel::Region, "A", "2026-01-01.."),
        ];
        let tree = Org::new(&units, &[]).tree(day("2026-01-01"));
        assert_eq!(tree.ancestors("A").iter().flatten().count(), 1);
    }

    #[test]
    fn a_post_has_one_holder_a_day_or_none() {
        let seats = [
            seat("Q", "w", "2026-01-01.."),
            seat("P", "v", "2026-02-16.."),
            seat("P", "u", "2026-01-01..2026-02-10"),
        ];
        let org = Org::new(&[], &seats);
        for (on, person) in [
            ("2025-12-31", None),
            ("2026-02-10", Some("u")),
            ("2026-02-11", None),
            ("2026-02-16", Some("v")),
        ] {
            let holder = org.holder("P", day(on));
            assert_eq!(holder.map(|seat| seat.person_id.as_str()), person, "{on}");
        }
        assert_eq!(org.holder("Q", day("2026-05-01")).unwrap().person_id, "w");
    }
}
