//! The months a question looks at, and which sums each of them belongs to.
//!
//! This month, the quarter and the year so far, the same a year before, and the span before.
//! Accounting months have the days a [`PeriodRule`] gives them; quarters and years are made of
//! months. Not here: any figure.

use channelflow_model::{Day, DayRange, Period, PeriodRule};
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use super::row::SpanKind;

/// Beside what a sum stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// What was asked for.
    This,
    /// The same months a year before.
    LastYear,
    /// The span before.
    Previous,
}

impl Role {
    pub(super) const ALL: [Role; 3] = [Role::This, Role::LastYear, Role::Previous];
}

/// Sums per row: every span in every role.
pub(super) const SUMS: usize = SpanKind::ALL.len() * Role::ALL.len();

/// Position of a span's sum in a role.
pub(super) fn place(span: SpanKind, role: Role) -> usize {
    span as usize * Role::ALL.len() + role as usize
}

/// A month that some sum needs.
#[derive(Debug, Clone)]
pub(super) struct Month {
    pub(super) period: Period,
    pub(super) days: DayRange,
    /// The sums it belongs to, see [`place`].
    pub(super) places: Vec<usize>,
}

impl Month {
    /// Whether the month belongs to what was asked for of a span.
    pub(super) fn is_in(&self, span: SpanKind) -> bool {
        self.places.contains(&place(span, Role::This))
    }
}

/// All months of a question, in order.
#[derive(Debug, Clone)]
pub(super) struct Windows {
    pub(super) months: Vec<Month>,
    slots: FxHashMap<Period, usize>,
}

impl Windows {
    /// `None`: a month lies outside the calendar this program knows.
    pub(super) fn new(period: Period, rule: PeriodRule) -> Option<Self> {
        let mut places: Vec<(Period, usize)> = Vec::new();
        for span in SpanKind::ALL {
            let months = months_of(span, period);
            for role in Role::ALL {
                let Some(back) = months_back(span, role) else {
                    continue;
                };
                for ago in 0..months {
                    places.push((earlier(period, back + ago)?, place(span, role)));
                }
            }
        }
        places.sort_unstable();
        let mut windows = Windows {
            months: Vec::new(),
            slots: FxHashMap::default(),
        };
        for of_month in places.chunk_by(|a, b| a.0 == b.0) {
            let period = of_month.first()?.0;
            windows.slots.insert(period, windows.months.len());
            windows.months.push(Month {
                period,
                days: rule.days_of(period)?,
                places: of_month.iter().map(|(_, place)| *place).collect(),
            });
        }
        Some(windows)
    }

    /// Number of a month, if some sum needs it.
    pub(super) fn slot(&self, period: Period) -> Option<usize> {
        self.slots.get(&period).copied()
    }

    /// First and last day of a span in a role; `None`: there is no such comparison.
    pub(super) fn days(&self, span: SpanKind, role: Role) -> Option<DayRange> {
        let wanted = place(span, role);
        let mut months = self
            .months
            .iter()
            .filter(|month| month.places.contains(&wanted));
        let first = months.next()?;
        let last = months.next_back().unwrap_or(first);
        DayRange::new(first.days.first, last.days.last)
    }

    /// Elapsed days ÷ days of the span, 0 to 1.
    pub(super) fn elapsed(&self, span: SpanKind, progress: Day) -> Decimal {
        let Some(days) = self.days(span, Role::This) else {
            return Decimal::ZERO;
        };
        let all = days.last.days_since(days.first) + 1;
        let elapsed = (progress.days_since(days.first) + 1).clamp(0, all);
        Decimal::from(elapsed)
            .checked_div(Decimal::from(all))
            .unwrap_or_default()
    }
}

/// Months of a span that ends with the period.
fn months_of(span: SpanKind, period: Period) -> i32 {
    let month = period.number() % 100;
    match span {
        SpanKind::Month => 1,
        SpanKind::QuarterToDate => (month - 1) % 3 + 1,
        SpanKind::YearToDate => month,
    }
}

/// How many months before the span the compared one lies.
fn months_back(span: SpanKind, role: Role) -> Option<i32> {
    match (role, span) {
        (Role::This, _) => Some(0),
        (Role::LastYear, _) => Some(12),
        (Role::Previous, SpanKind::Month) => Some(1),
        (Role::Previous, SpanKind::QuarterToDate) => Some(3),
        // It would be last year's.
        (Role::Previous, SpanKind::YearToDate) => None,
    }
}

fn earlier(period: Period, months: i32) -> Option<Period> {
    let count = period.number() / 100 * 12 + period.number() % 100 - 1 - months;
    Period::from_number(count.div_euclid(12) * 100 + count.rem_euclid(12) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::day;

    #[test]
    fn spans_and_what_they_are_compared_with() {
        use Role::{LastYear, Previous, This};
        use SpanKind::{Month, QuarterToDate, YearToDate};
        let period = Period::from_iso("2026-02").unwrap();
        let windows = Windows::new(period, PeriodRule::default()).unwrap();
        for (span, role, days) in [
            (Month, This, "2026-02-01..2026-02-28"),
            (Month, LastYear, "2025-02-01..2025-02-28"),
            (Month, Previous, "2026-01-01..2026-01-31"),
            (QuarterToDate, This, "2026-01-01..2026-02-28"),
            (QuarterToDate, LastYear, "2025-01-01..2025-02-28"),
            (QuarterToDate, Previous, "2025-10-01..2025-11-30"),
            (YearToDate, This, "2026-01-01..2026-02-28"),
            (YearToDate, LastYear, "2025-01-01..2025-02-28"),
            (YearToDate, Previous, ""),
        ] {
            let found = windows.days(span, role);
            let found = found.map_or(String::new(), |days| days.to_string());
            assert_eq!(found, days, "{span:?} {role:?}");
        }
        assert_eq!(windows.months.len(), 6);
        assert!(windows.slot(Period::from_iso("2025-12").unwrap()).is_none());
    }

    #[test]
    fn the_elapsed_share_counts_days_of_the_accounting_span() {
        let period = Period::from_iso("2026-02").unwrap();
        let windows = Windows::new(period, PeriodRule { cutoff_day: 25 }).unwrap();
        for (span, on, share) in [
            (SpanKind::Month, "2026-01-25", Decimal::ZERO),
            (SpanKind::Month, "2026-02-25", Decimal::ONE),
            (SpanKind::Month, "2026-03-25", Decimal::ONE),
            (SpanKind::QuarterToDate, "2026-01-25", Decimal::new(5, 1)),
        ] {
            assert_eq!(windows.elapsed(span, day(on)), share, "{span:?} {on}");
        }
    }
}
