//! From the entries of a fold to credited cells: sum first, then price, round and split once.
//!
//! A cell is what one customer bought of one product on neighbouring days with one answer to who
//! is credited, by tier of the seller and class of the sale. It is summed exactly and split once,
//! so that neither the order of entries nor how they were cut matters. Not here: which months and
//! counting points are asked for.

use channelflow_model::settlement::{Entry, FlowClass, Fold};
use channelflow_model::{FlowKind, LineFlags, Micros};

use super::AchieveError;
use super::partial::{Cell, Credit, Partial};
use crate::attribute::{Customer, MONEY, QUANTITY, split};
use crate::classify::{has_value, line_class};
use crate::reference::Prepared;
use crate::timeline::{Step, Timeline};

impl Partial {
    /// The credited cells of a fold. A fold of purchases or stock has none: only sales count.
    pub fn of(prepared: &Prepared<'_>, fold: &Fold) -> Result<Partial, AchieveError> {
        Partial::credited_to(prepared, fold, None)
    }

    /// The same with everything credited to one post, whoever is attributed.
    pub(super) fn credited_to(
        prepared: &Prepared<'_>,
        fold: &Fold,
        post_id: Option<&str>,
    ) -> Result<Partial, AchieveError> {
        let mut builder = Builder::new(prepared, fold, post_id);
        if fold.kind != FlowKind::Sale {
            return Ok(builder.partial);
        }
        let key = |entry: &Entry| (entry.customer, entry.product, entry.day);
        let same = |a: &Entry, b: &Entry| (a.customer, a.product) == (b.customer, b.product);
        if fold.entries.is_sorted_by_key(key) {
            for run in fold.entries.chunk_by(same) {
                builder.run(run)?;
            }
        } else {
            let mut entries = fold.entries.clone();
            entries.sort_unstable_by_key(key);
            for run in entries.chunk_by(same) {
                builder.run(run)?;
            }
        }
        Ok(builder.partial)
    }
}

/// Exact sums of one tier and class.
#[derive(Default, Clone, Copy)]
struct Sum {
    mark: u16,
    quantity: i64,
    amount: i64,
    /// Millionths of millionths of a yuan, rounded once when the cell is complete.
    assessed: i128,
    unpriced: i64,
    unpriced_lines: i32,
}

/// What is known of a product of the fold.
#[derive(Clone, Copy)]
struct Known<'p> {
    groups: Option<&'p Timeline<u32>>,
    prices: Option<&'p Timeline<Micros>>,
}

struct Builder<'p> {
    prepared: &'p Prepared<'p>,
    fold: &'p Fold,
    post_id: Option<&'p str>,
    partial: Partial,
    products: Vec<Known<'p>>,
    /// The customer of the last run.
    customer: (u32, &'p Customer<'p>),
    tier: Step<Option<u32>>,
    /// Marks of the tier by class, as far as they were met.
    tier_marks: [Option<u16>; FlowClass::ALL.len()],
    marks: Vec<(Option<u32>, FlowClass)>,
    /// Position in `partial.credits` by number of the credit.
    credits: Vec<Option<u32>>,
    sums: Vec<Sum>,
    parts: Vec<Cell>,
}

impl<'p> Builder<'p> {
    fn new(prepared: &'p Prepared<'p>, fold: &'p Fold, post_id: Option<&'p str>) -> Self {
        let products = fold.products.iter().map(|id| Known {
            groups: prepared.attributor.product(id),
            prices: prepared.prices.line(id),
        });
        Builder {
            prepared,
            fold,
            post_id,
            partial: Partial {
                distributor_id: fold.distributor_id.clone(),
                business_period: fold.business_period,
                booking_period: fold.booking_period,
                customers: fold.customers.clone(),
                products: fold.products.clone(),
                credits: Vec::new(),
                marks: Vec::new(),
                cells: Vec::new(),
            },
            products: products.collect(),
            customer: (u32::MAX, prepared.attributor.customer("")),
            tier: Step::UNASKED,
            tier_marks: [None; FlowClass::ALL.len()],
            marks: Vec::new(),
            credits: vec![None; prepared.attributor.credit_count()],
            sums: Vec::new(),
            parts: Vec::new(),
        }
    }

    /// All entries of one customer and product, in order of days.
    fn run(&mut self, run: &[Entry]) -> Result<(), AchieveError> {
        let Some(first) = run.first() else {
            return Ok(());
        };
        let Known { groups, prices } = self.find(first)?;
        let buyer = self.customer.1;
        let mut price: Step<Option<Micros>> = match prices {
            Some(_) => Step::UNASKED,
            None => Step::NOTHING,
        };
        let mut answer: Step<Option<u32>> = Step::UNASKED;
        for entry in run {
            let Some(class) = line_class(buyer.class, entry.flags) else {
                continue;
            };
            if !answer.covers(entry.day) {
                let next = match self.post_id {
                    Some(post) => self.prepared.attributor.post_answer(post, entry.day),
                    None => self.prepared.attributor.answer(buyer, groups, entry.day),
                };
                if answer.value != Some(next.value) {
                    self.flush(first, answer.value)?;
                }
                answer = Step {
                    from: next.from,
                    until: next.until,
                    value: Some(next.value),
                };
            }
            if let Some(line) = prices
                && !price.covers(entry.day)
            {
                price = line.at(entry.day);
            }
            let mark = self.mark(entry, class);
            self.sum(mark, entry, price.value)
                .ok_or_else(|| self.too_large())?;
        }
        self.flush(first, answer.value)
    }

    /// Groups and prices of the entry's product; its customer becomes the current one.
    fn find(&mut self, entry: &Entry) -> Result<Known<'p>, AchieveError> {
        let broken = || AchieveError::BrokenFold {
            distributor: self.fold.distributor_id.clone(),
        };
        let product = self.products.get(entry.product as usize);
        let product = *product.ok_or_else(broken)?;
        if self.customer.0 != entry.customer {
            let id = self.fold.customers.get(entry.customer as usize);
            let id = id.ok_or_else(broken)?;
            self.customer = (entry.customer, self.prepared.attributor.customer(id));
        }
        Ok(product)
    }

    /// The mark of the seller's tier on the entry's day and the class.
    fn mark(&mut self, entry: &Entry, class: FlowClass) -> u16 {
        if !self.tier.covers(entry.day) {
            let tiers = &self.prepared.tiers;
            self.tier = tiers.step(&self.fold.distributor_id, entry.day);
            self.tier_marks = [None; FlowClass::ALL.len()];
        }
        if let Some(Some(mark)) = self.tier_marks.get(class as usize) {
            return *mark;
        }
        let wanted = (self.tier.value, class);
        let known = self.marks.iter().position(|mark| *mark == wanted);
        let mark = known.unwrap_or_else(|| {
            let tier = self.prepared.tiers.name(self.tier.value).to_owned();
            self.partial.marks.push((tier, class));
            self.marks.push(wanted);
            self.marks.len() - 1
        });
        // A distributor has a handful of tiers in its life.
        let mark = u16::try_from(mark).unwrap_or(u16::MAX);
        if let Some(place) = self.tier_marks.get_mut(class as usize) {
            *place = Some(mark);
        }
        mark
    }

    fn sum(&mut self, mark: u16, entry: &Entry, price: Option<Micros>) -> Option<()> {
        let known = self.sums.iter().position(|sum| sum.mark == mark);
        let at = known.unwrap_or_else(|| {
            self.sums.push(Sum {
                mark,
                ..Sum::default()
            });
            self.sums.len() - 1
        });
        let sum = self.sums.get_mut(at)?;
        sum.quantity = sum.quantity.checked_add(entry.quantity.0)?;
        if !has_value(entry.flags) {
            return Some(());
        }
        if !entry.flags.has(LineFlags::AMOUNT_EX_TAX) {
            sum.amount = sum.amount.checked_add(entry.amount.0)?;
        }
        match price {
            Some(price) => {
                let assessed = i128::from(entry.quantity.0) * i128::from(price.0);
                sum.assessed = sum.assessed.checked_add(assessed)?;
            }
            // A correction of a price has no boxes that could be priced.
            None if entry.flags.has(LineFlags::PRICE_ADJUSTMENT) => {}
            None => {
                sum.unpriced = sum.unpriced.checked_add(entry.quantity.0)?;
                sum.unpriced_lines = sum.unpriced_lines.checked_add(entry.lines)?;
            }
        }
        Some(())
    }

    /// Rounds and splits what was summed, and begins anew.
    fn flush(&mut self, at: &Entry, answer: Option<u32>) -> Result<(), AchieveError> {
        let sums = std::mem::take(&mut self.sums);
        for sum in &sums {
            let assessed = round(sum.assessed).ok_or_else(|| self.too_large())?;
            let cell = Cell {
                customer: at.customer,
                product: at.product,
                credit: 0,
                mark: sum.mark,
                unpriced_lines: sum.unpriced_lines,
                quantity: Micros(sum.quantity),
                assessed: Micros(assessed),
                amount: Micros(sum.amount),
                unpriced: Micros(sum.unpriced),
            };
            self.credit(cell, answer.unwrap_or_default());
        }
        self.sums = sums;
        self.sums.clear();
        Ok(())
    }

    /// Puts down what everybody who shares the cell is credited for.
    fn credit(&mut self, cell: Cell, answer: u32) {
        let Some(split_of) = self.prepared.attributor.split(answer) else {
            return;
        };
        let nothing = Cell {
            quantity: Micros::ZERO,
            assessed: Micros::ZERO,
            amount: Micros::ZERO,
            unpriced: Micros::ZERO,
            unpriced_lines: 0,
            ..cell
        };
        if cell == nothing {
            return;
        }
        if let [credit] = split_of.credits.as_slice() {
            let credit = self.local_credit(*credit);
            self.partial.cells.push(Cell { credit, ..cell });
            return;
        }
        let mut parts = std::mem::take(&mut self.parts);
        parts.clear();
        for credit in &split_of.credits {
            let credit = self.local_credit(*credit);
            parts.push(Cell { credit, ..nothing });
        }
        let shares = &split_of.shares;
        let mut put = |whole, unit, field: fn(&mut Cell) -> &mut Micros| {
            split(whole, shares, unit, |index, part| {
                if let Some(cell) = parts.get_mut(index) {
                    *field(cell) = part;
                }
            });
        };
        put(cell.quantity, QUANTITY, |cell| &mut cell.quantity);
        put(cell.assessed, MONEY, |cell| &mut cell.assessed);
        put(cell.amount, MONEY, |cell| &mut cell.amount);
        put(cell.unpriced, QUANTITY, |cell| &mut cell.unpriced);
        let most = shares.iter().max();
        let largest = shares.iter().position(|share| Some(share) == most);
        if let Some(part) = largest.and_then(|at| parts.get_mut(at)) {
            part.unpriced_lines = cell.unpriced_lines;
        }
        self.partial.cells.extend(&parts);
        self.parts = parts;
    }

    fn local_credit(&mut self, number: u32) -> u32 {
        let Some(place) = self.credits.get_mut(number as usize) else {
            return 0;
        };
        if let Some(local) = *place {
            return local;
        }
        let (post, person) = self.prepared.attributor.credit(number).unwrap_or_default();
        let local = u32::try_from(self.partial.credits.len()).unwrap_or(u32::MAX);
        *place = Some(local);
        self.partial.credits.push(Credit {
            post_id: post.to_owned(),
            person_id: person.to_owned(),
        });
        local
    }

    fn too_large(&self) -> AchieveError {
        AchieveError::TooLarge {
            of: self.fold.distributor_id.clone(),
        }
    }
}

/// Millionths of millionths to millionths, half away from zero.
fn round(exact: i128) -> Option<i64> {
    const STEP: i64 = Micros::SCALE;
    const HALF: i64 = STEP / 2;
    // Division of 64 bits is several times cheaper and nearly always enough.
    if let Ok(small) = i64::try_from(exact)
        && let Some(shifted) = small.checked_add(if small < 0 { -HALF } else { HALF })
    {
        return Some(shifted / STEP);
    }
    let half = i128::from(if exact < 0 { -HALF } else { HALF });
    i64::try_from(exact.checked_add(half)? / i128::from(STEP)).ok()
}
