//! Returned goods and the sales they come from.
//!
//! A return is paired with a sale of the same distributor, customer, product and lot, not later
//! than itself, that still has as many boxes: one of equal quantity and price first, then of equal
//! price, then the latest (domain rule 5). What finds no sale stays in its own month. Not here:
//! what a return costs (`settle`).

use std::collections::{BTreeSet, HashMap};

use channelflow_model::{Day, DayRange, LineFlags, Micros, Period};

use crate::value::values;
use crate::{Warehouse, WarehouseError, sql};

/// How long ago returned goods may have been sold.
const LOOK_BACK_MONTHS: i64 = 24;

/// A return whose goods were sold in an earlier accounting month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairedReturn {
    /// The return.
    pub line_id: i64,
    /// Its day.
    pub day: Day,
    /// Month it happened in.
    pub business_period: Period,
    /// Month it counts in.
    pub booking_period: Period,
    /// Who sent it back.
    pub customer_id: String,
    /// What.
    pub product_id: String,
    /// What the line is.
    pub flags: LineFlags,
    /// Base units, below zero.
    pub quantity: Micros,
    /// Yuan; `None`: not reported.
    pub amount: Option<Micros>,
    /// The sale.
    pub sale_line_id: i64,
    /// Its day.
    pub sale_day: Day,
    /// Month it happened in.
    pub sale_period: Period,
}

struct Returned {
    line: PairedReturn,
    price: Option<i64>,
    lot: String,
}

struct Sale {
    line_id: i64,
    day: Day,
    period: Period,
    left: i64,
    quantity: i64,
    price: Option<i64>,
}

impl Warehouse {
    /// Returns of one distributor in these days whose goods were sold in an earlier month.
    pub async fn returns_of_earlier_months(
        &self,
        distributor_id: &str,
        days: DayRange,
    ) -> Result<Vec<PairedReturn>, WarehouseError> {
        let mut tx = self.read().await?;
        let asked = values![distributor_id, days.first, days.last];
        let returned = tx
            .all(&sql::SELECT_RETURNS, asked, |row| {
                let line_id = row.int()?;
                let day = row.day()?;
                let business_period = row.period()?;
                Ok(Returned {
                    line: PairedReturn {
                        line_id,
                        day,
                        business_period,
                        booking_period: row.period()?,
                        customer_id: row.text()?,
                        product_id: row.text()?,
                        flags: LineFlags(row.small()?),
                        quantity: row.micros()?,
                        amount: row.opt_micros()?,
                        sale_line_id: 0,
                        sale_day: day,
                        sale_period: business_period,
                    },
                    price: row.opt_int()?,
                    lot: row.text()?,
                })
            })
            .await?;
        if returned.is_empty() {
            return Ok(Vec::new());
        }
        let names = |name: fn(&PairedReturn) -> &str| {
            let names: BTreeSet<&str> = returned.iter().map(|it| name(&it.line)).collect();
            serde_json::Value::from(names.into_iter().collect::<Vec<_>>()).to_string()
        };
        let since = days.first.plus_months(-LOOK_BACK_MONTHS);
        let asked = values![
            distributor_id,
            since.unwrap_or(days.first),
            days.last,
            names(|line| &line.customer_id),
            names(|line| &line.product_id),
        ];
        let mut sales: HashMap<(String, String, String), Vec<Sale>> = HashMap::new();
        tx.each(&sql::SELECT_RETURN_SALES, asked, &mut |mut row| {
            let line_id = row.int()?;
            let day = row.day()?;
            let period = row.period()?;
            let (customer, product) = (row.text()?, row.text()?);
            let quantity = row.int()?;
            let price = row.opt_int()?;
            let sale = Sale {
                line_id,
                day,
                period,
                left: quantity,
                quantity,
                price,
            };
            let key = (customer, product, row.text()?);
            sales.entry(key).or_default().push(sale);
            Ok(())
        })
        .await?;
        Ok(returned
            .into_iter()
            .filter_map(|returned| pair(returned, &mut sales))
            .filter(|line| line.sale_period < line.business_period)
            .collect())
    }
}

fn pair(
    mut returned: Returned,
    sales: &mut HashMap<(String, String, String), Vec<Sale>>,
) -> Option<PairedReturn> {
    let line = &mut returned.line;
    let key = (
        line.customer_id.clone(),
        line.product_id.clone(),
        returned.lot,
    );
    let boxes = line.quantity.0.checked_neg()?;
    // Newest first, so that of equally good ones the latest is taken.
    let best = sales
        .get_mut(&key)?
        .iter_mut()
        .filter(|sale| sale.day <= line.day && sale.left >= boxes)
        .min_by_key(|sale| {
            let equal_price = sale.price == returned.price;
            (!(equal_price && sale.quantity == boxes), !equal_price)
        })?;
    best.left -= boxes;
    line.sale_line_id = best.line_id;
    line.sale_day = best.day;
    line.sale_period = best.period;
    Some(returned.line)
}
