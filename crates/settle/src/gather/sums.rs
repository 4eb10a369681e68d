//! Sums that settlement makes of entries: wide integers of millionths, exact and in any order.
//! Not here: which entries belong to a sum.

use std::collections::BTreeMap;

use channelflow_model::settlement::Entry;
use channelflow_model::{LineFlags, Micros};
use rust_decimal::Decimal;

use crate::figures::{Basis, Part, Sums};

/// Sums of entries, in millionths.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RawSums {
    /// Lines.
    pub lines: i64,
    /// Base units.
    pub quantity: i128,
    /// Yuan as reported, tax included.
    pub amount: i128,
    /// Yuan reported without tax, which have to be converted before they are added to the others.
    pub without_tax: i128,
    /// Yuan by assessed price, in millionths of millionths: rounded once, when it is read.
    pub assessed: i128,
    /// Lines without an amount, and their boxes: both nothing when a line and its counter-entry
    /// cancel.
    pub no_amount: (i64, i128),
    /// Boxes of products without a price.
    pub no_price: i128,
}

impl RawSums {
    /// The sums of one entry.
    pub(crate) fn of(entry: &Entry, price: Option<Micros>) -> Self {
        let lines = i64::from(entry.lines);
        let quantity = i128::from(entry.quantity.0);
        let without_amount = entry.flags.has(LineFlags::NO_AMOUNT);
        let yuan = i128::from(entry.amount.0);
        let (amount, without_tax) = if entry.flags.has(LineFlags::AMOUNT_EX_TAX) {
            (0, yuan)
        } else {
            (yuan, 0)
        };
        RawSums {
            lines,
            quantity,
            amount,
            without_tax,
            assessed: quantity * i128::from(price.map_or(0, |price| price.0)),
            no_amount: if without_amount {
                (lines, quantity)
            } else {
                (0, 0)
            },
            no_price: if price.is_none() { quantity } else { 0 },
        }
    }

    /// Adds others.
    pub fn add(&mut self, other: &RawSums) {
        self.lines += other.lines;
        self.quantity = self.quantity.saturating_add(other.quantity);
        self.amount = self.amount.saturating_add(other.amount);
        self.without_tax = self.without_tax.saturating_add(other.without_tax);
        self.assessed = self.assessed.saturating_add(other.assessed);
        self.no_amount.0 += other.no_amount.0;
        self.no_amount.1 += other.no_amount.1;
        self.no_price += other.no_price;
    }

    /// As figures: a measure that is not known for every line is not known. What was reported
    /// without tax is converted once, with this rate; without one it is not known either.
    pub fn sums(&self, tax_rate: Option<Decimal>) -> Sums {
        let amount = with_tax(self.amount, self.without_tax, tax_rate);
        Sums {
            quantity: decimal(self.quantity, 6),
            amount: amount.filter(|_| self.no_amount == (0, 0)),
            assessed: decimal(self.assessed, 12).filter(|_| self.no_price == 0),
        }
    }
}

/// Yuan with tax, and millionths of yuan without it on top; `None` without a rate to convert them.
pub(super) fn with_tax(
    amount: i128,
    without_tax: i128,
    tax_rate: Option<Decimal>,
) -> Option<Decimal> {
    let amount = exact(amount)?;
    if without_tax == 0 {
        return Some(amount);
    }
    let converted = exact(without_tax)?.checked_mul(tax_rate?.checked_add(Decimal::ONE)?)?;
    Some(amount.checked_add(converted)?.normalize())
}

/// Millionths as a decimal; `None` when they are too many for one.
pub(super) fn exact(micros: i128) -> Option<Decimal> {
    decimal(micros, 6)
}

/// An integer of `10^-scale` as a decimal; `None` when it is too large for one.
fn decimal(number: i128, scale: u32) -> Option<Decimal> {
    Decimal::try_from_i128_with_scale(number, scale)
        .ok()
        .map(|decimal| decimal.normalize())
}

/// Sums of the four parts of a basis.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProductSums {
    sold: RawSums,
    returned: RawSums,
    alerted: RawSums,
    excluded: RawSums,
}

impl ProductSums {
    /// Adds to a part.
    pub(crate) fn add(&mut self, part: Part, raw: &RawSums) {
        match part {
            Part::Sold => self.sold.add(raw),
            Part::Returned => self.returned.add(raw),
            Part::Alerted => self.alerted.add(raw),
            Part::Excluded => self.excluded.add(raw),
        }
    }

    pub(crate) fn merge(&mut self, other: &ProductSums) {
        self.sold.add(&other.sold);
        self.returned.add(&other.returned);
        self.alerted.add(&other.alerted);
        self.excluded.add(&other.excluded);
    }

    /// As the basis of a policy with this tax rate; parts without lines are left out.
    pub fn basis(&self, tax_rate: Option<Decimal>) -> Basis {
        let some = |raw: &RawSums| (*raw != RawSums::default()).then(|| raw.sums(tax_rate));
        Basis {
            sold: self.sold.sums(tax_rate),
            returned: some(&self.returned),
            alerted: some(&self.alerted),
            excluded: some(&self.excluded),
        }
    }

    /// Sold and returned together.
    pub fn net(&self) -> RawSums {
        let mut net = self.sold;
        net.add(&self.returned);
        net
    }

    /// Yuan sold and returned that were reported without tax; `None`: none were.
    pub(crate) fn without_tax(&self) -> Option<Decimal> {
        let net = self.net();
        exact(net.without_tax).filter(|yuan| !yuan.is_zero())
    }

    /// Alerted and excluded together.
    pub(crate) fn left_out(&self) -> RawSums {
        let mut left_out = self.alerted;
        left_out.add(&self.excluded);
        left_out
    }
}

/// What one month adds to one policy of one distributor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MonthSums {
    all: ProductSums,
    groups: BTreeMap<String, ProductSums>,
    products: BTreeMap<String, ProductSums>,
    customers: BTreeMap<String, i128>,
}

impl MonthSums {
    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        *self == MonthSums::default()
    }

    /// Adds another month, or another part of this one.
    pub fn merge(&mut self, other: &MonthSums) {
        self.all.merge(&other.all);
        for (id, sums) in &other.groups {
            self.group(id).merge(sums);
        }
        for (id, sums) in &other.products {
            self.product(id).merge(sums);
        }
        for (id, quantity) in &other.customers {
            self.customer(id, *quantity);
        }
    }

    /// Everything that counts.
    pub fn all(&self) -> &ProductSums {
        &self.all
    }

    /// By product group of a mix.
    pub fn groups(&self) -> &BTreeMap<String, ProductSums> {
        &self.groups
    }

    /// By product, if the policy asks for it.
    pub(crate) fn products(&self) -> &BTreeMap<String, ProductSums> {
        &self.products
    }

    /// Customers that bought more than they sent back.
    pub(crate) fn covered(&self) -> usize {
        self.customers.values().filter(|net| **net > 0).count()
    }

    pub(crate) fn merge_all(&mut self, sums: &ProductSums) {
        self.all.merge(sums);
    }

    pub(crate) fn group(&mut self, id: &str) -> &mut ProductSums {
        slot(&mut self.groups, id)
    }

    pub(crate) fn product(&mut self, id: &str) -> &mut ProductSums {
        slot(&mut self.products, id)
    }

    pub(crate) fn customer(&mut self, id: &str, quantity: i128) {
        let net = slot(&mut self.customers, id);
        *net = net.saturating_add(quantity);
    }
}

fn slot<'m, T: Default>(map: &'m mut BTreeMap<String, T>, id: &str) -> &'m mut T {
    if !map.contains_key(id) {
        map.insert(id.to_owned(), T::default());
    }
    map.entry(id.to_owned()).or_default()
}
