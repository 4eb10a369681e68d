//! Achievement of a month (指标达成) from the warehouse: folds and approved appeals in, table out.
//! Not here: how it is computed (`settle`), and how it is shown.

use channelflow_model::{Day, FlowKind, Period};
use channelflow_settle::achieve::{
    Achievement, AchievementTable, Adjustment, Level, OrgView, PeriodBasis, Question,
};
use channelflow_settle::classify::NAMED_POINTS;
use channelflow_warehouse::{FoldFilter, Warehouse};

use crate::company::Company;
use crate::folds::in_parallel;
use crate::settle::Books;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct AchieveOptions {
    /// The month.
    pub period: Period,
    /// By which month sales count.
    pub basis: PeriodBasis,
    /// In which organisation.
    pub organisation: OrgView,
    /// Last day whose sales can be in.
    pub progress_day: Day,
    /// Counting points besides those the targets name.
    pub counting_points: Vec<String>,
    /// Levels to report.
    pub levels: Vec<Level>,
}

/// The point sales are counted at when no target names one.
pub const USUAL_POINT: &str = "terminal";

impl AchieveOptions {
    /// A month by booking period, in the organisation of its time, at every level; sales are in up
    /// to today.
    pub fn of_month(company: &Company, period: Period, today: Day) -> Self {
        let last = company.period_rule.days_of(period).map(|days| days.last);
        AchieveOptions {
            period,
            basis: PeriodBasis::Booking,
            organisation: OrgView::AsWas,
            progress_day: last.map_or(today, |last| last.min(today)),
            counting_points: vec![USUAL_POINT.to_owned()],
            levels: Level::ALL.to_vec(),
        }
    }
}

/// Names of counting points anybody may use.
pub fn counting_points() -> Vec<&'static str> {
    NAMED_POINTS.to_vec()
}

/// Computes it.
pub async fn achieve(
    company: &Company,
    warehouse: &Warehouse,
    books: &Books,
    options: &AchieveOptions,
) -> anyhow::Result<AchievementTable> {
    let question = Question {
        period: options.period,
        basis: options.basis,
        organisation: options.organisation,
        rule: company.period_rule,
        progress_day: options.progress_day,
        counting_points: options.counting_points.clone(),
        levels: options.levels.clone(),
    };
    // Everything that is compared lies between January of the year before and the month.
    let first = Period::from_number((options.period.number() / 100 - 1) * 100 + 1);
    let months = Some((first.unwrap_or(Period::FIRST), options.period));
    let filter = FoldFilter {
        kind: FlowKind::Sale,
        business: months.filter(|_| options.basis == PeriodBasis::Business),
        booking: months.filter(|_| options.basis == PeriodBasis::Booking),
        distributor_id: None,
    };
    let prepared = books.prepared();
    let made = in_parallel(
        warehouse,
        &[filter],
        |_| true,
        || Ok(Achievement::new(&prepared, question.clone())?),
        |made, fold| Ok(made.add(&fold)?),
    )?;
    let mut made = made.into_iter();
    let mut whole = match made.next() {
        Some(first) => first,
        None => Achievement::new(&prepared, question.clone())?,
    };
    for part in made {
        whole.merge(&part)?;
    }
    let rows = warehouse.appeal_rows(filter).await?;
    let adjustments: Vec<Adjustment> = rows
        .into_iter()
        .map(|row| Adjustment {
            distributor_id: row.distributor_id,
            booking_period: row.booking_period,
            customer_id: row.customer_id,
            product_id: row.product_id,
            day: row.day,
            flags: row.flags,
            lines: row.sign,
            quantity: row.quantity,
            amount: row.amount,
            post_id: row.post_id,
        })
        .collect();
    whole.adjust(&adjustments)?;
    Ok(whole.finish()?)
}
