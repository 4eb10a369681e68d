//! Achievement of a month (指标达成) from the warehouse: folds and approved appeals in, table out.
//! Not here: how it is computed (`settle`), and how it is shown.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};

use anyhow::anyhow;
use channelflow_model::settlement::Fold;
use channelflow_model::{Day, FlowKind, Period};
use channelflow_settle::achieve::{
    Achievement, AchievementTable, Adjustment, Level, OrgView, PeriodBasis, Question,
};
use channelflow_settle::classify::NAMED_POINTS;
use channelflow_settle::reference::Prepared;
use channelflow_warehouse::{FoldFilter, Warehouse};

use crate::achieve_unknown::say_unknown;
use crate::company::Company;
use crate::folds::{Beside, in_parallel, side_by_side};
use crate::settle::{Books, SettleOptions, SettleOutcome, settle_beside};

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
    let prepared = books.prepared();
    let achieving = Achieving::new(company, &prepared, options);
    achieving.read(warehouse)?;
    let mut table = achieving.finish(warehouse).await?;
    say_unknown(warehouse, (books, company.period_rule), &mut table).await?;
    Ok(table)
}

/// Computes achievement and settles the month by the same books. Sales that are read for the
/// statements of many parties are read once for both.
pub async fn achieve_and_settle(
    company: &Company,
    warehouse: &Warehouse,
    books: &Books,
    (options, settling): (&AchieveOptions, &SettleOptions),
) -> anyhow::Result<(AchievementTable, SettleOutcome)> {
    let prepared = books.prepared();
    let achieving = Achieving::new(company, &prepared, options);
    let add = |fold: &Fold| achieving.add(fold);
    // Settling reads by booking month, and none after its own.
    let alone = options.basis != PeriodBasis::Booking || options.period > settling.period;
    let beside = Beside {
        months: achieving.months(),
        add: &add,
        shown: AtomicBool::new(false),
    };
    let by = (Some(books), Some(&beside).filter(|_| !alone));
    let settled = settle_beside(by, company, warehouse, settling).await?;
    if !beside.shown.load(Ordering::Relaxed) {
        achieving.read(warehouse)?;
    }
    // The database writes while the last sums are made.
    let stored = settled.store(warehouse, settling);
    let (outcome, table) = side_by_side(stored, achieving.finish(warehouse))?;
    let mut table = table?;
    say_unknown(warehouse, (books, company.period_rule), &mut table).await?;
    Ok((table, outcome?))
}

/// Achievement on the way.
struct Achieving<'p> {
    prepared: &'p Prepared<'p>,
    question: Question,
    /// One for each thread that adds.
    made: Mutex<Vec<Achievement<'p>>>,
}

impl<'p> Achieving<'p> {
    fn new(company: &Company, prepared: &'p Prepared<'p>, options: &AchieveOptions) -> Self {
        Achieving {
            prepared,
            question: Question {
                period: options.period,
                basis: options.basis,
                organisation: options.organisation,
                rule: company.period_rule,
                progress_day: options.progress_day,
                counting_points: options.counting_points.clone(),
                levels: options.levels.clone(),
            },
            made: Mutex::default(),
        }
    }

    /// Everything that is compared lies between January of the year before and the month.
    fn months(&self) -> (Period, Period) {
        let period = self.question.period;
        let first = Period::from_number((period.number() / 100 - 1) * 100 + 1);
        (first.unwrap_or(Period::FIRST), period)
    }

    fn filter(&self) -> FoldFilter<'static> {
        let (months, basis) = (Some(self.months()), self.question.basis);
        FoldFilter {
            kind: FlowKind::Sale,
            business: months.filter(|_| basis == PeriodBasis::Business),
            booking: months.filter(|_| basis == PeriodBasis::Booking),
            distributors: None,
        }
    }

    /// Adds a fold to sums that no other thread is adding to.
    fn add(&self, fold: &Fold) -> anyhow::Result<()> {
        let free = self.all()?.pop();
        let mut made = match free {
            Some(made) => made,
            None => Achievement::new(self.prepared, self.question.clone())?,
        };
        made.add(fold)?;
        self.all()?.push(made);
        Ok(())
    }

    fn all(&self) -> anyhow::Result<MutexGuard<'_, Vec<Achievement<'p>>>> {
        self.made
            .lock()
            .map_err(|_| anyhow!("another thread failed"))
    }

    /// Reads every sale that is compared.
    fn read(&self, warehouse: &Warehouse) -> anyhow::Result<()> {
        let add = |(): &mut (), fold: Fold| self.add(&fold);
        in_parallel(warehouse, self.filter(), |_| true, || Ok(()), add)?;
        Ok(())
    }

    async fn finish(self, warehouse: &Warehouse) -> anyhow::Result<AchievementTable> {
        let rows = warehouse.appeal_rows(self.filter()).await?;
        let mut made = std::mem::take(&mut *self.all()?).into_iter();
        let mut whole = match made.next() {
            Some(first) => first,
            None => Achievement::new(self.prepared, self.question.clone())?,
        };
        for part in made {
            whole.merge(&part)?;
        }
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
}
