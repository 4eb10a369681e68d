//! The credited cells of one fold: what a fold comes to before anybody asks for a month.
//!
//! A partial speaks in ids, not in positions of some run's lists, so one that was made with the
//! reference data of a closed month can be kept and added to a later question. Not here: how
//! entries become cells (`cells`).

use channelflow_model::settlement::FlowClass;
use channelflow_model::{Micros, Period};

use super::bytes::{Reader, Writer};

/// Who is credited: a post, and whoever held it. Both empty: nobody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Credit {
    /// The post.
    pub post_id: String,
    /// Its holder on the day of the sale; empty: vacant.
    pub person_id: String,
}

/// What one post is credited for of what one customer bought of one product, on neighbouring
/// days with one answer to who is credited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// Index into [`Partial::customers`].
    pub customer: u32,
    /// Index into [`Partial::products`].
    pub product: u32,
    /// Index into [`Partial::credits`].
    pub credit: u32,
    /// Index into [`Partial::marks`].
    pub mark: u16,
    /// Lines without a price; they stand with the largest share.
    pub unpriced_lines: i32,
    /// Base units.
    pub quantity: Micros,
    /// Yuan by assessed price, as far as prices are known.
    pub assessed: Micros,
    /// Yuan as reported.
    pub amount: Micros,
    /// Base units without a price.
    pub unpriced: Micros,
}

/// The credited cells of one distributor, business period and booking period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partial {
    /// Who sold.
    pub distributor_id: String,
    /// When it happened.
    pub business_period: Period,
    /// When it counts.
    pub booking_period: Period,
    /// Ids of customers.
    pub customers: Vec<String>,
    /// Ids of products.
    pub products: Vec<String>,
    /// Who is credited.
    pub credits: Vec<Credit>,
    /// Tier of the seller and class of the sale: what counting points ask for.
    pub marks: Vec<(String, FlowClass)>,
    /// The cells.
    pub cells: Vec<Cell>,
}

/// Bytes that are no partial, or one of another version of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are not a partial achievement of this version")]
pub struct BadPartial;

/// First number of the bytes; changes with what follows.
const VERSION: u64 = 1;

impl Partial {
    /// A compact form to keep: about a dozen bytes a cell.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.unsigned(VERSION);
        out.text(&self.distributor_id);
        out.signed(self.business_period.number().into());
        out.signed(self.booking_period.number().into());
        for ids in [&self.customers, &self.products] {
            out.count(ids.len());
            for id in ids {
                out.text(id);
            }
        }
        out.count(self.credits.len());
        for credit in &self.credits {
            out.text(&credit.post_id);
            out.text(&credit.person_id);
        }
        out.count(self.marks.len());
        for (tier, class) in &self.marks {
            out.text(tier);
            out.unsigned(*class as u64);
        }
        out.count(self.cells.len());
        // Neighbours have the same or the next customer and product.
        let (mut customer, mut product) = (0, 0);
        for cell in &self.cells {
            out.signed(i64::from(cell.customer) - customer);
            out.signed(i64::from(cell.product) - product);
            (customer, product) = (cell.customer.into(), cell.product.into());
            out.unsigned(cell.credit.into());
            out.unsigned(cell.mark.into());
            out.signed(cell.unpriced_lines.into());
            out.money(cell.quantity);
            out.money(cell.assessed);
            out.money(cell.amount);
            out.money(cell.unpriced);
        }
        out.bytes
    }

    /// What [`Partial::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadPartial> {
        Self::read(&mut Reader { rest: bytes }).ok_or(BadPartial)
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        if from.unsigned()? != VERSION {
            return None;
        }
        let mut partial = Partial {
            distributor_id: from.text()?,
            business_period: from.period()?,
            booking_period: from.period()?,
            customers: from.list(Reader::text)?,
            products: from.list(Reader::text)?,
            credits: from.list(|from| {
                Some(Credit {
                    post_id: from.text()?,
                    person_id: from.text()?,
                })
            })?,
            marks: from.list(|from| {
                let tier = from.text()?;
                let class = usize::try_from(from.unsigned()?).ok()?;
                Some((tier, *FlowClass::ALL.get(class)?))
            })?,
            cells: Vec::new(),
        };
        let (mut customer, mut product) = (0i64, 0i64);
        partial.cells = from.list(|from| {
            customer = customer.checked_add(from.signed()?)?;
            product = product.checked_add(from.signed()?)?;
            Some(Cell {
                customer: u32::try_from(customer).ok()?,
                product: u32::try_from(product).ok()?,
                credit: u32::try_from(from.unsigned()?).ok()?,
                mark: u16::try_from(from.unsigned()?).ok()?,
                unpriced_lines: i32::try_from(from.signed()?).ok()?,
                quantity: from.money()?,
                assessed: from.money()?,
                amount: from.money()?,
                unpriced: from.money()?,
            })
        })?;
        from.rest.is_empty().then_some(partial)
    }
}
