//! The targets of the rows of a level, phased: summed over the months of a span so far.
//!
//! Units roll up in the organisation of the month or of the day that is asked for; a person's
//! target is their post's, by the days they hold it. Not here: whether targets fit together
//! (`target`).

use channelflow_model::Period;
use channelflow_model::settlement::{Measure, UnitLevel};
use rustc_hash::FxHashMap;

use super::OrgView;
use super::row::{Level, SpanKind};
use super::tally::Achievement;
use super::windows::Month;
use crate::target::{MonthTargets, Subject, Values, by_days, holders, roll_up};

/// The sum of months' targets, in micros, and how many months have one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Phase {
    pub(super) value: i128,
    pub(super) months: u32,
    latest: Option<Period>,
}

/// Id and number of the block (counting point and product group) of a row.
pub(super) type Key<'r> = (&'r str, usize, Measure);

/// Targets by row and span.
pub(super) type Phased<'r> = FxHashMap<Key<'r>, [Phase; SpanKind::ALL.len()]>;

/// The targets of one month, rolled up.
pub(super) struct Rolled<'a> {
    month: Month,
    units: Vec<(Subject<'a>, Values<'a>)>,
    distributors: Vec<(Subject<'a>, Values<'a>)>,
    levels: FxHashMap<&'a str, UnitLevel>,
}

impl<'a> Achievement<'a> {
    /// The targets of all months that were asked for.
    pub(super) fn rolled(&self) -> Vec<Rolled<'a>> {
        let prefer_own = self.question.organisation == OrgView::AsWas;
        let org = &self.prepared.org;
        let months = self.windows.months.iter();
        months
            .filter(|month| month.is_in(SpanKind::YearToDate))
            .map(|month| {
                let given = MonthTargets::given(self.prepared.reference.targets, month.period);
                let tree = org.tree(self.as_of(month.days.last));
                let mut levels = FxHashMap::default();
                let mut units = Vec::new();
                for (subject, own) in &given.units {
                    let (values, _) = roll_up(&tree, own, prefer_own);
                    for unit in values.keys() {
                        let stands = tree.level(unit);
                        let latest = org.placements(unit).last().map(|placed| placed.level);
                        if let Some(level) = stands.or(latest) {
                            levels.insert(*unit, level);
                        }
                    }
                    units.push((*subject, values));
                }
                Rolled {
                    month: month.clone(),
                    units,
                    distributors: given.distributors.into_iter().collect(),
                    levels,
                }
            })
            .collect()
    }

    /// The targets of the rows of a level.
    pub(super) fn phased(&self, level: Level, rolled: &[Rolled<'a>]) -> Phased<'a> {
        let mut phased = Phased::default();
        for month in rolled {
            match level {
                Level::Distributor => {
                    for (subject, values) in &month.distributors {
                        for (id, value) in values {
                            self.put(&mut phased, month, id, *subject, *value);
                        }
                    }
                }
                Level::Person => self.put_persons(&mut phased, month),
                Level::ProductGroup => {
                    for (_, (group, measure, point), value) in month.of_level(UnitLevel::Company) {
                        if !group.is_empty() {
                            self.put(&mut phased, month, group, ("", measure, point), value);
                        }
                    }
                }
                Level::Product | Level::Customer => {}
                _ => {
                    let Some(unit_level) = level.unit_level() else {
                        continue;
                    };
                    for (id, subject, value) in month.of_level(unit_level) {
                        self.put(&mut phased, month, id, subject, value);
                    }
                }
            }
        }
        phased
    }

    fn put_persons(&self, phased: &mut Phased<'a>, month: &Rolled<'a>) {
        let org = &self.prepared.org;
        let days = month.month.days;
        let mut held: FxHashMap<&str, Vec<(&'a str, i64, i64)>> = FxHashMap::default();
        let all = days.last.days_since(days.first) + 1;
        for (post, subject, value) in month.of_level(UnitLevel::Post) {
            let held = held
                .entry(post)
                .or_insert_with(|| match self.question.organisation {
                    OrgView::AsWas => holders(org, post, days),
                    OrgView::AsIs(day) => {
                        let seat = org.holder(post, day);
                        seat.map(|seat| (seat.person_id.as_str(), 0, all))
                            .into_iter()
                            .collect()
                    }
                });
            for (person, from, until) in held.iter() {
                let part = by_days(value, *from, *until, days);
                self.put(phased, month, person, subject, part);
            }
        }
    }

    fn put(
        &self,
        phased: &mut Phased<'a>,
        month: &Rolled<'a>,
        id: &'a str,
        (group, measure, point): Subject<'a>,
        value: i128,
    ) {
        let point = self.points.iter().position(|(name, _)| name == point);
        let group = self.groups.iter().position(|name| *name == group);
        let (Some(point), Some(group)) = (point, group) else {
            return;
        };
        let block = point * self.groups.len() + group;
        let row = phased.entry((id, block, measure)).or_default();
        for (phase, span) in row.iter_mut().zip(SpanKind::ALL) {
            if month.month.is_in(span) {
                phase.value += value;
                // A person with two posts has one month, not two.
                if phase.latest != Some(month.month.period) {
                    phase.latest = Some(month.month.period);
                    phase.months += 1;
                }
            }
        }
    }
}

impl<'a> Rolled<'a> {
    fn of_level(&self, level: UnitLevel) -> impl Iterator<Item = (&'a str, Subject<'a>, i128)> {
        self.units.iter().flat_map(move |(subject, values)| {
            let of_level = values
                .iter()
                .filter(move |(id, _)| self.levels.get(*id) == Some(&level));
            of_level.map(move |(id, value)| (*id, *subject, *value))
        })
    }
}
