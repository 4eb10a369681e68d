//! Adding partials up, by everything a row can be about, month by month.
//!
//! Sums stay at posts with their holders: where a post stands in the organisation is only asked
//! at the end. Two tallies of one question add up to a third, in any order. Not here: rolling up
//! and dividing (`finish`).

use channelflow_model::settlement::{CountingPoint, Fold};
use channelflow_model::{Day, FlowKind, LineFlags, Period};

use super::ids::{Grid, Ids, Sums};
use super::partial::{Credit, Partial};
use super::windows::Windows;
use super::{AchieveError, Adjustment, Level, OrgView, PeriodBasis, Question};
use crate::classify::{counting_point, counts, has_value};
use crate::reference::Prepared;

/// Counting points one question can tell apart: bits of a mask.
const MOST_POINTS: usize = 64;

/// Sums on the way to a table.
#[derive(Debug, Clone)]
pub struct Achievement<'a> {
    pub(super) prepared: &'a Prepared<'a>,
    pub(super) question: Question,
    pub(super) windows: Windows,
    /// Counting points by name.
    pub(super) points: Vec<(String, CountingPoint)>,
    /// Product groups that have rows of their own, the empty one first.
    pub(super) groups: Vec<&'a str>,
    pub(super) sums: Tally,
    /// Lines of the month asked for that say nothing of their worth.
    pub(super) without_amount: u64,
    /// Per product and month the numbers in `groups` it belongs to, the empty one included.
    product_groups: Vec<Vec<Vec<u16>>>,
}

/// Sums by id. Of sellers, products and buyers every id has two: of what a post is credited for
/// and, at the next number, of what is nobody's.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    pub(super) credits: Ids<Credit>,
    pub(super) distributors: Ids<String>,
    pub(super) products: Ids<String>,
    pub(super) customers: Ids<String>,
    pub(super) by_credit: Grid,
    pub(super) by_distributor: Grid,
    pub(super) by_product: Grid,
    pub(super) by_customer: Grid,
}

impl<'a> Achievement<'a> {
    /// An empty tally for a question.
    pub fn new(prepared: &'a Prepared<'a>, question: Question) -> Result<Self, AchieveError> {
        let windows = Windows::new(question.period, question.rule)
            .ok_or(AchieveError::NoSuchPeriod(question.period))?;
        let targets = prepared.reference.targets;
        let mut names: Vec<&str> = question
            .counting_points
            .iter()
            .map(String::as_str)
            .collect();
        names.extend(targets.iter().map(|target| target.counting_point.as_str()));
        names.sort_unstable();
        names.dedup();
        if names.len() > MOST_POINTS {
            return Err(AchieveError::TooManyPoints { most: MOST_POINTS });
        }
        let mut points = Vec::new();
        for name in names {
            let point =
                counting_point(name).map_err(|error| AchieveError::UnknownPoint(error.0))?;
            points.push((name.to_owned(), point));
        }
        let mut groups: Vec<&str> = targets
            .iter()
            .map(|target| target.product_group.as_str())
            .collect();
        groups.push("");
        groups.sort_unstable();
        groups.dedup();
        Ok(Achievement {
            prepared,
            question,
            windows,
            points,
            groups,
            sums: Tally::default(),
            without_amount: 0,
            product_groups: Vec::new(),
        })
    }

    /// Adds a fold.
    pub fn add(&mut self, fold: &Fold) -> Result<(), AchieveError> {
        let period = match self.question.basis {
            PeriodBasis::Booking => fold.booking_period,
            PeriodBasis::Business => fold.business_period,
        };
        if fold.kind != FlowKind::Sale || self.windows.slot(period).is_none() {
            return Ok(());
        }
        if period == self.question.period {
            // What was reported without tax has no amount that others could be added to.
            let unknown = fold.entries.iter().filter(|entry| {
                let unknown = LineFlags::NO_AMOUNT.with(LineFlags::AMOUNT_EX_TAX);
                entry.flags.0 & unknown.0 != 0 && has_value(entry.flags)
            });
            let lines = unknown.map(|entry| u64::from(entry.lines.unsigned_abs()));
            self.without_amount += lines.sum::<u64>();
        }
        self.add_partial(&Partial::of(self.prepared, fold)?)
    }

    /// Adds approved appeals.
    pub fn adjust(&mut self, adjustments: &[Adjustment]) -> Result<(), AchieveError> {
        let mut sorted: Vec<(Period, &Adjustment)> = adjustments
            .iter()
            .map(|it| (self.question.rule.period_of(it.day), it))
            .collect();
        let sheet = |(business, it): &(Period, &Adjustment)| {
            (
                it.distributor_id.clone(),
                *business,
                it.booking_period,
                it.post_id.clone(),
            )
        };
        sorted.sort_by_cached_key(sheet);
        for of_sheet in sorted.chunk_by(|a, b| sheet(a) == sheet(b)) {
            let Some((business, first)) = of_sheet.first() else {
                continue;
            };
            let fold = fold_of(*business, first, of_sheet);
            let post = Some(first.post_id.as_str()).filter(|post| !post.is_empty());
            self.add_partial(&Partial::credited_to(self.prepared, &fold, post)?)?;
        }
        Ok(())
    }

    /// Adds the cells of a fold, made now or kept from before.
    pub fn add_partial(&mut self, partial: &Partial) -> Result<(), AchieveError> {
        let period = match self.question.basis {
            PeriodBasis::Booking => partial.booking_period,
            PeriodBasis::Business => partial.business_period,
        };
        let Some(slot) = self.windows.slot(period) else {
            return Ok(());
        };
        let too_large = || AchieveError::TooLarge {
            of: partial.distributor_id.clone(),
        };
        let masks: Vec<u64> = partial
            .marks
            .iter()
            .map(|(tier, class)| {
                let counted = self.points.iter().enumerate();
                counted
                    .filter(|(_, (_, point))| counts(point, tier, *class))
                    .fold(0, |mask, (bit, _)| mask | 1 << bit)
            })
            .collect();
        let sums = &mut self.sums;
        let distributor = sums.distributors.number(&partial.distributor_id) * 2;
        let customers: Vec<usize> = numbers(&mut sums.customers, &partial.customers);
        let credits: Vec<(usize, usize)> = partial
            .credits
            .iter()
            .map(|credit| {
                let nobody = usize::from(credit.post_id.is_empty());
                (sums.credits.number(credit), nobody)
            })
            .collect();
        let products: Vec<usize> = numbers(&mut sums.products, &partial.products);
        self.learn_products();
        let wants = |level| self.question.levels.contains(&level);
        let want_customers = wants(Level::Customer);
        let want_products = wants(Level::Product) || wants(Level::ProductGroup);
        let want_distributors = wants(Level::Distributor);
        let sums = &mut self.sums;
        for cell in &partial.cells {
            let (Some(mask), Some(&(credit, nobody)), Some(&product), Some(&customer)) = (
                masks.get(usize::from(cell.mark)),
                credits.get(cell.credit as usize),
                products.get(cell.product as usize),
                customers.get(cell.customer as usize),
            ) else {
                return Err(AchieveError::BrokenFold {
                    distributor: partial.distributor_id.clone(),
                });
            };
            let groups = self.product_groups.get(product);
            let groups = groups.and_then(|by_slot| by_slot.get(slot));
            let groups = groups.map_or(&[][..], Vec::as_slice);
            let value = Sums::of(cell);
            let mut left = *mask;
            while left != 0 {
                let point = left.trailing_zeros() as usize;
                left &= left - 1;
                let base = (slot * self.points.len() + point) * self.groups.len();
                for group in groups {
                    let block = base + usize::from(*group);
                    sums.by_credit
                        .add(block, credit, &value)
                        .ok_or_else(too_large)?;
                    if want_distributors {
                        sums.by_distributor
                            .add(block, distributor + nobody, &value)
                            .ok_or_else(too_large)?;
                    }
                }
                if want_products {
                    sums.by_product
                        .add(base, product * 2 + nobody, &value)
                        .ok_or_else(too_large)?;
                }
                if want_customers {
                    sums.by_customer
                        .add(base, customer * 2 + nobody, &value)
                        .ok_or_else(too_large)?;
                }
            }
        }
        Ok(())
    }

    /// Adds another tally of the same question and reference data.
    pub fn merge(&mut self, other: &Achievement<'_>) -> Result<(), AchieveError> {
        if self.question != other.question || self.points != other.points {
            return Err(AchieveError::OtherQuestion);
        }
        let sums = &mut self.sums;
        let twice = |numbers: Vec<usize>| -> Vec<usize> {
            let both = numbers
                .iter()
                .flat_map(|number| [number * 2, number * 2 + 1]);
            both.collect()
        };
        let credits = numbers(&mut sums.credits, other.sums.credits.items());
        let distributors = twice(numbers(
            &mut sums.distributors,
            other.sums.distributors.items(),
        ));
        let products = twice(numbers(&mut sums.products, other.sums.products.items()));
        let customers = twice(numbers(&mut sums.customers, other.sums.customers.items()));
        for (into, from, places) in [
            (&mut sums.by_credit, &other.sums.by_credit, &credits),
            (
                &mut sums.by_distributor,
                &other.sums.by_distributor,
                &distributors,
            ),
            (&mut sums.by_product, &other.sums.by_product, &products),
            (&mut sums.by_customer, &other.sums.by_customer, &customers),
        ] {
            for block in 0..from.blocks() {
                for (id, value) in from.block(block) {
                    let place = places.get(id).copied();
                    place
                        .and_then(|place| into.add(block, place, value))
                        .ok_or_else(|| AchieveError::TooLarge { of: String::new() })?;
                }
            }
        }
        self.without_amount += other.without_amount;
        self.learn_products();
        Ok(())
    }

    /// The day whose organisation and product groups hold for a month.
    pub(super) fn as_of(&self, last_day: Day) -> Day {
        match self.question.organisation {
            OrgView::AsWas => last_day,
            OrgView::AsIs(day) => day,
        }
    }

    /// Finds the groups of products that were not met before.
    fn learn_products(&mut self) {
        for id in self
            .sums
            .products
            .items()
            .iter()
            .skip(self.product_groups.len())
        {
            let by_month = self.windows.months.iter().map(|month| {
                let day = self.as_of(month.days.last);
                let of_product = self.prepared.attributor.groups_of(id, day);
                let all = self.groups.iter().zip(0u16..);
                all.filter(|(group, _)| group.is_empty() || of_product.contains(group))
                    .map(|(_, number)| number)
                    .collect()
            });
            let by_month = by_month.collect();
            self.product_groups.push(by_month);
        }
    }
}

fn numbers<T: Clone + Eq + std::hash::Hash>(ids: &mut Ids<T>, items: &[T]) -> Vec<usize> {
    items.iter().map(|item| ids.number(item)).collect()
}

/// Appeals of one distributor, period, booking period and post, as a fold.
fn fold_of(business: Period, first: &Adjustment, rows: &[(Period, &Adjustment)]) -> Fold {
    let mut fold = Fold {
        distributor_id: first.distributor_id.clone(),
        kind: FlowKind::Sale,
        business_period: business,
        booking_period: first.booking_period,
        customers: Vec::new(),
        products: Vec::new(),
        entries: Vec::new(),
    };
    let (mut customers, mut products) = (Ids::default(), Ids::default());
    for (_, row) in rows {
        let customer = u32::try_from(customers.number(&row.customer_id));
        let product = u32::try_from(products.number(&row.product_id));
        if let (Ok(customer), Ok(product)) = (customer, product) {
            fold.entries.push(row.entry(customer, product));
        }
    }
    customers.items().clone_into(&mut fold.customers);
    products.items().clone_into(&mut fold.products);
    fold
}
