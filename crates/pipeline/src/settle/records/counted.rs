//! Records of a basis, and what they come to together and one by one.

use channelflow_model::Period;
use channelflow_settle::figures::{Basis, Part, Sums};
use channelflow_settle::gather::MonthSums;
use rust_decimal::Decimal;

use super::{Record, Role, Source};

/// Records that count, and what they come to.
#[derive(Debug, Default)]
pub(super) struct Counted {
    pub(super) records: Vec<Record>,
    pub(super) total: MonthSums,
    /// What each of them adds to which month, for who looks at some of them; that is kilobytes each.
    sums: Option<Vec<(Period, MonthSums)>>,
}

impl Counted {
    /// Nothing yet; `each`: what every record adds is kept.
    pub(super) fn new(each: bool) -> Self {
        Counted {
            sums: each.then(Vec::new),
            ..Counted::default()
        }
    }

    /// Adds a record if it adds something within these months.
    pub(super) fn add(
        &mut self,
        found: Vec<(usize, Period, MonthSums)>,
        months: &[Period],
        rate: Option<Decimal>,
        source: impl FnOnce() -> Source,
    ) {
        let within = found
            .into_iter()
            .find(|(_, month, _)| months.contains(month));
        let Some((_, month, sums)) = within else {
            return;
        };
        let (role, adds) = role_of(&sums.all().basis(rate));
        let source = source();
        self.records.push(Record { role, adds, source });
        self.total.merge(&sums);
        if let Some(kept) = &mut self.sums {
            kept.push((month, sums));
        }
    }

    /// All records; they are taken unless somebody looks at some of them later.
    pub(super) fn all(&mut self) -> Vec<Record> {
        match self.sums {
            Some(_) => self.records.clone(),
            None => std::mem::take(&mut self.records),
        }
    }

    /// Some of them, by the month they add to and what they add, and what these come to.
    pub(super) fn those(
        &self,
        wanted: impl Fn(Period, &MonthSums) -> bool,
    ) -> (Vec<Record>, MonthSums) {
        let (mut records, mut total) = (Vec::new(), MonthSums::default());
        let sums = self.sums.iter().flatten();
        for (record, (month, sums)) in self.records.iter().zip(sums) {
            if wanted(*month, sums) {
                records.push(record.clone());
                total.merge(sums);
            }
        }
        (records, total)
    }
}

/// What a record is to a basis, and what it adds to it: it stands in one part.
fn role_of(basis: &Basis) -> (Role, Sums) {
    let parts = [
        (Part::Returned, basis.returned),
        (Part::Alerted, basis.alerted),
        (Part::Excluded, basis.excluded),
    ];
    let other = parts
        .into_iter()
        .find_map(|(part, sums)| Some((part, sums?)));
    let (part, sums) = other.unwrap_or((Part::Sold, basis.sold));
    (Role::of(part), sums)
}

/// Whether it is in a figure that is net of returns.
pub(super) fn net_of(role: Role) -> bool {
    matches!(role, Role::Counted | Role::Returned)
}

/// All four parts of a basis together: what its records add up to.
pub(super) fn of_all(basis: &Basis) -> Sums {
    let parts = [basis.returned, basis.alerted, basis.excluded];
    let known = parts.into_iter().flatten();
    known.fold(basis.sold, |sum, part| sum.plus(&part))
}
