//! Achievement (达成): what was sold of what was asked for, by every level of the organisation.
//!
//! Folds come one at a time. Each becomes a [`Partial`], the credited cells of one distributor
//! and period, which depends on reference data only and can be made in parallel or kept; partials
//! add up in an [`Achievement`] that asks for one month; `finish` rolls up, then divides. Sums do
//! not depend on the order of folds. Not here: confirmation by people, appeals before they are
//! approved, and rebates.

mod bytes;
mod cells;
mod finish;
mod ids;
mod like;
mod lines;
mod partial;
mod phased;
mod row;
mod tally;
#[cfg(test)]
mod tests;
mod windows;

pub use partial::{BadPartial, Cell, Credit, Partial};
pub use row::{AchievementTable, Comparison, Level, Row, SpanKind, Unpriced, Unreported, Waiting};
pub use tally::Achievement;

use channelflow_model::settlement::Entry;
use channelflow_model::{Day, LineFlags, Micros, Period, PeriodRule};
use serde::{Deserialize, Serialize};

/// By which of its two months an entry counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeriodBasis {
    /// 计入年月.
    #[default]
    Booking,
    /// 实际年月.
    Business,
}

/// Which organisation sales and targets are rolled up in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrgView {
    /// Every month in the organisation of its last day; persons by the day of the sale.
    #[default]
    AsWas,
    /// Every month in the organisation of this day; persons are the holders of this day.
    AsIs(Day),
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The month.
    pub period: Period,
    /// By which month entries count.
    pub basis: PeriodBasis,
    /// In which organisation.
    pub organisation: OrgView,
    /// Which days belong to an accounting month.
    pub rule: PeriodRule,
    /// Last day whose sales can be in, for the elapsed share of a span.
    pub progress_day: Day,
    /// Names of counting points to report besides those the targets name.
    pub counting_points: Vec<String>,
    /// Levels to report.
    pub levels: Vec<Level>,
}

/// An approved appeal's line: a signed entry beside the folds, booked where the appeal says. A
/// pair of them sums to zero across what it moves; the original is never edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment {
    /// Whose sale.
    pub distributor_id: String,
    /// When it counts.
    pub booking_period: Period,
    /// The customer.
    pub customer_id: String,
    /// The product.
    pub product_id: String,
    /// Business day.
    pub day: Day,
    /// What it is ([`LineFlags::IDENTITY`] bits only).
    pub flags: LineFlags,
    /// Lines, signed.
    pub lines: i32,
    /// Base units, signed.
    pub quantity: Micros,
    /// Yuan as reported, signed.
    pub amount: Micros,
    /// The post that is credited; empty: by attribution, as an [`Entry`] is.
    pub post_id: String,
}

impl Adjustment {
    fn entry(&self, customer: u32, product: u32) -> Entry {
        Entry {
            customer,
            product,
            day: self.day,
            flags: self.flags,
            lines: self.lines,
            quantity: self.quantity,
            amount: self.amount,
        }
    }
}

/// Why there is no achievement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AchieveError {
    /// A target or the question names a counting point nobody defined.
    #[error("`{0}` is not a counting point")]
    UnknownPoint(String),
    /// More counting points or months than can be told apart.
    #[error("more than {most} counting points")]
    TooManyPoints {
        /// How many are possible.
        most: usize,
    },
    /// A sum exceeds ±9.2 × 10¹² units.
    #[error("a sum of `{of}` is too large for an exact number")]
    TooLarge {
        /// Distributor or row whose sum it is.
        of: String,
    },
    /// Two tallies of different questions were to be added.
    #[error("these tallies answer different questions")]
    OtherQuestion,
    /// An entry of a fold points at a customer or product the fold does not have.
    #[error("the fold of `{distributor}` points outside its own lists")]
    BrokenFold {
        /// Whose fold.
        distributor: String,
    },
    /// The period cannot be compared (first or last year this program knows).
    #[error("period {0} lies at the edge of the calendar")]
    NoSuchPeriod(Period),
}
