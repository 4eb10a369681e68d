//! Calendar days and accounting periods.
//!
//! A [`Day`] is `yyyymmdd` as an integer: it sorts, joins and reads the same in Rust, SQL and a
//! spreadsheet. Not here: reading dates as people write them; that is `normalize`.

use std::fmt;

use jiff::Span;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A calendar day, `yyyymmdd`. Always a real day between 1900 and 2199.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i32", into = "i32")]
pub struct Day(i32);

impl Day {
    /// The first day this program knows.
    pub const FIRST: Day = Day(19_000_101);

    /// The day, if it exists and lies between 1900 and 2199.
    pub fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        if !(1900..=2199).contains(&year) {
            return None;
        }
        Date::new(
            i16::try_from(year).ok()?,
            i8::try_from(month).ok()?,
            i8::try_from(day).ok()?,
        )
        .ok()
        .map(Self::from_date)
    }

    /// From `yyyymmdd`.
    pub fn from_number(number: i32) -> Option<Self> {
        let month = u32::try_from(number / 100 % 100).ok()?;
        let day = u32::try_from(number % 100).ok()?;
        Self::new(number / 10_000, month, day)
    }

    /// From an ISO text, `2026-03-01`.
    pub fn from_iso(text: &str) -> Option<Self> {
        let date: Date = text.parse().ok()?;
        Self::new(
            i32::from(date.year()),
            date.month().unsigned_abs().into(),
            date.day().unsigned_abs().into(),
        )
    }

    /// `yyyymmdd`.
    pub fn number(self) -> i32 {
        self.0
    }

    /// Year, for example 2026.
    pub fn year(self) -> i32 {
        self.0 / 10_000
    }

    /// Month, 1 to 12.
    pub fn month(self) -> u32 {
        (self.0 / 100 % 100).unsigned_abs()
    }

    /// Day of the month, 1 to 31.
    pub fn day(self) -> u32 {
        (self.0 % 100).unsigned_abs()
    }

    /// This many days later (earlier when negative); `None` outside the known range.
    pub fn plus_days(self, days: i64) -> Option<Self> {
        let date = self
            .date()?
            .checked_add(Span::new().try_days(days).ok()?)
            .ok()?;
        Self::in_range(date)
    }

    /// This many months later; the day is cut to the month's length (31 Jan + 1 = 28 or 29 Feb).
    pub fn plus_months(self, months: i64) -> Option<Self> {
        let date = self
            .date()?
            .checked_add(Span::new().try_months(months).ok()?)
            .ok()?;
        Self::in_range(date)
    }

    /// Last day of this day's calendar month.
    #[must_use]
    pub fn end_of_month(self) -> Self {
        self.date()
            .map_or(self, |date| Self::from_date(date.last_of_month()))
    }

    /// First day of this day's calendar month.
    #[must_use]
    pub fn start_of_month(self) -> Self {
        Day(self.0 / 100 * 100 + 1)
    }

    /// Days from `earlier` to this day.
    pub fn days_since(self, earlier: Day) -> i64 {
        match (self.date(), earlier.date()) {
            (Some(a), Some(b)) => (a - b).get_days().into(),
            _ => 0,
        }
    }

    fn date(self) -> Option<Date> {
        Date::new(
            i16::try_from(self.year()).ok()?,
            i8::try_from(self.month()).ok()?,
            i8::try_from(self.day()).ok()?,
        )
        .ok()
    }

    fn in_range(date: Date) -> Option<Self> {
        (1900..=2199)
            .contains(&date.year())
            .then(|| Self::from_date(date))
    }

    fn from_date(date: Date) -> Self {
        Day(i32::from(date.year()) * 10_000 + i32::from(date.month()) * 100 + i32::from(date.day()))
    }
}

impl TryFrom<i32> for Day {
    type Error = String;

    fn try_from(number: i32) -> Result<Self, String> {
        Day::from_number(number).ok_or_else(|| format!("`{number}` is not a day (yyyymmdd)"))
    }
}

impl From<Day> for i32 {
    fn from(day: Day) -> i32 {
        day.0
    }
}

impl fmt::Display for Day {
    /// ISO: `2026-03-01`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:04}-{:02}-{:02}",
            self.year(),
            self.month(),
            self.day()
        )
    }
}

/// Days from `first` to `last`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DayRange {
    /// First day.
    pub first: Day,
    /// Last day, not before `first`.
    pub last: Day,
}

impl DayRange {
    /// The range, if `first` is not after `last`.
    pub fn new(first: Day, last: Day) -> Option<Self> {
        (first <= last).then_some(DayRange { first, last })
    }

    /// Whether the day lies inside.
    pub fn contains(&self, day: Day) -> bool {
        self.first <= day && day <= self.last
    }

    /// Every day, in order.
    pub fn days(&self) -> impl Iterator<Item = Day> {
        let last = self.last;
        std::iter::successors(Some(self.first), |day| day.plus_days(1))
            .take_while(move |day| *day <= last)
    }
}

impl fmt::Display for DayRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.first, self.last)
    }
}

/// An accounting month, `yyyymm`. Which days belong to it says a [`PeriodRule`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i32", into = "i32")]
pub struct Period(i32);

impl Period {
    /// The first month this program knows.
    pub const FIRST: Period = Period(190_001);

    /// The period, if the month exists.
    pub fn new(year: i32, month: u32) -> Option<Self> {
        Day::new(year, month, 1).map(|day| Period(day.number() / 100))
    }

    /// From `yyyymm`.
    pub fn from_number(number: i32) -> Option<Self> {
        Self::new(number / 100, u32::try_from(number % 100).ok()?)
    }

    /// From `2026-03`.
    pub fn from_iso(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        (year.len() == 4 && month.len() == 2)
            .then(|| Self::new(year.parse().ok()?, month.parse().ok()?))?
    }

    /// `yyyymm`.
    pub fn number(self) -> i32 {
        self.0
    }

    /// The next accounting month.
    #[must_use]
    pub fn next(self) -> Self {
        if self.0 % 100 == 12 {
            Period(self.0 + 89)
        } else {
            Period(self.0 + 1)
        }
    }
}

impl TryFrom<i32> for Period {
    type Error = String;

    fn try_from(number: i32) -> Result<Self, String> {
        Period::from_number(number).ok_or_else(|| format!("`{number}` is not a period (yyyymm)"))
    }
}

impl From<Period> for i32 {
    fn from(period: Period) -> i32 {
        period.0
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0 / 100, self.0 % 100)
    }
}

/// Which accounting month a day belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodRule {
    /// Last day of the month that still belongs to it, 1 to 31; a day after it belongs to the
    /// next period. 31 means calendar months.
    pub cutoff_day: u32,
}

impl Default for PeriodRule {
    fn default() -> Self {
        PeriodRule { cutoff_day: 31 }
    }
}

impl PeriodRule {
    /// The accounting month of a day.
    pub fn period_of(self, day: Day) -> Period {
        let month = Period(day.number() / 100);
        if day.day() > self.cutoff_day {
            month.next()
        } else {
            month
        }
    }

    /// The days of an accounting month.
    pub fn days_of(self, period: Period) -> Option<DayRange> {
        let start = Day::from_number(period.number() * 100 + 1)?;
        let end = start.end_of_month();
        if self.cutoff_day >= 31 {
            return DayRange::new(start, end);
        }
        let cut = |first_of_month: Day| {
            let length = first_of_month.end_of_month().day();
            first_of_month.plus_days(i64::from(self.cutoff_day.min(length)) - 1)
        };
        DayRange::new(cut(start.plus_months(-1)?)?.plus_days(1)?, cut(start)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::from_iso(text).unwrap()
    }

    #[test]
    fn days_exist_or_are_refused() {
        assert_eq!(Day::new(2026, 2, 29), None);
        assert_eq!(Day::from_number(20_261_301), None);
        assert_eq!(Day::new(1899, 12, 31), None);
        assert_eq!(day("2024-02-28").plus_days(2), Some(day("2024-03-01")));
        assert_eq!(day("2024-02-28").plus_days(i64::MAX), None);
        assert_eq!(day("2024-02-28").plus_months(i64::MIN), None);
        assert_eq!(day("2026-01-31").plus_months(1), Some(day("2026-02-28")));
        assert_eq!(day("2026-02-10").end_of_month(), day("2026-02-28"));
        assert_eq!(day("2026-03-01").days_since(day("2026-01-01")), 59);
    }

    #[test]
    fn a_cutoff_moves_the_days_after_it_into_the_next_period() {
        let rule = PeriodRule { cutoff_day: 25 };
        assert_eq!(rule.period_of(day("2026-12-25")).to_string(), "2026-12");
        assert_eq!(rule.period_of(day("2026-12-26")).to_string(), "2027-01");
        let period = Period::from_iso("2026-03").unwrap();
        assert_eq!(
            rule.days_of(period).unwrap().to_string(),
            "2026-02-26..2026-03-25"
        );
        assert_eq!(
            PeriodRule::default().days_of(period).unwrap().to_string(),
            "2026-03-01..2026-03-31"
        );
        for cutoff_day in 1..=31 {
            let rule = PeriodRule { cutoff_day };
            for month in 1..=12 {
                let period = Period::new(2026, month).unwrap();
                for day in rule.days_of(period).unwrap().days() {
                    assert_eq!(rule.period_of(day), period, "cutoff {cutoff_day}, {day}");
                }
            }
        }
    }
}
