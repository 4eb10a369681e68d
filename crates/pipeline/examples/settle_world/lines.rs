//! The sale lines of one distributor and month, as resolved files have them.

use std::io::Write;

use anyhow::Context;
use channelflow_model::flow::{
    Match, ReportedLot, ReportedParty, ReportedProduct, ResolvedTable, Rule,
};
use channelflow_model::{
    Day, DayRange, Disposition, FlowKind, FlowTable, LineFlags, Micros, Period, PeriodRule,
};

use crate::records::{customer_id, distributor_id, price_cents, product_id};
use crate::{CHANGED, CUSTOMERS, DISTRIBUTORS, FEW, PRODUCTS, below, scatter};

/// Customers a distributor sells to, and products one of them buys.
const CUSTOMERS_EACH: u32 = 120;
const PRODUCTS_EACH: u32 = 7;
const LOTS: u32 = 400;

/// A month and how many lines a distributor has in it.
#[derive(Debug, Clone, Copy)]
pub struct Month {
    pub period: Period,
    pub lines: u32,
    /// What boxes are multiplied by.
    pub scale: i64,
}

/// How often lines of a file were changed: a share for a few distributors, a smaller one for all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Changes {
    pub few: u32,
    pub spread: u32,
}

impl Changes {
    /// Boxes a line has more than at first.
    fn more(self, line: u32, lines: u32) -> i64 {
        let every = |changed: u32| (lines / changed.max(1)).max(1);
        let of_few = line % every(CHANGED / FEW) < self.few;
        let of_all = line % every(CHANGED / DISTRIBUTORS) < self.spread;
        i64::from(of_few) + i64::from(of_all)
    }
}

/// The file.
pub fn table(distributor: u32, month: Month, changes: Changes) -> anyhow::Result<ResolvedTable> {
    let days = PeriodRule::default()
        .days_of(month.period)
        .context("no such month")?;
    let mut table = empty(distributor, days);
    let seed =
        scatter(u64::from(distributor) << 32 | u64::from(month.period.number().unsigned_abs()));
    for line in 0..month.lines {
        let chance = scatter(seed ^ u64::from(line));
        let customer = below(chance, CUSTOMERS_EACH);
        // What a customer buys is the same all year.
        let bought = below(chance >> 20, PRODUCTS_EACH);
        let habit = u64::from(distributor) << 40 | u64::from(customer) << 8 | u64::from(bought);
        let product = below(scatter(habit), PRODUCTS);
        let mut boxes = (1 + i64::from(below(chance >> 50, 40))) * month.scale;
        boxes += changes.more(line, month.lines);
        // Below the list price, by who sells to whom.
        let percent = 85 + i64::from(below(scatter(habit ^ 1), 15));
        let unit = price_cents(product) * percent / 100;
        let kind = below(chance >> 32, 1_000);
        let (flags, boxes, cents) = match kind {
            0..20 => (LineFlags::RETURN, -boxes, -boxes * unit),
            20..30 => (LineFlags::GIFT, boxes, 0),
            30..34 => (LineFlags::PRICE_ADJUSTMENT, 0, -boxes * 7),
            34..39 => (LineFlags::TRANSFER, boxes, boxes * unit),
            39..40 => (LineFlags::STOCK_ADJUSTMENT, -boxes, -boxes * unit),
            _ => (LineFlags::default(), boxes, boxes * unit),
        };
        let after = i64::from(below(chance >> 40, 31)) % (days.last.days_since(days.first) + 1);
        let day = days.first.plus_days(after).context("no such day")?;
        push(
            &mut table,
            line,
            (customer, product, day),
            (flags, boxes, cents),
        )?;
    }
    Ok(table)
}

fn empty(distributor: u32, days: DayRange) -> ResolvedTable {
    let mut flow = FlowTable::new(FlowKind::Sale);
    flow.range = Some(days);
    flow.declared = true;
    let customers = (0..CUSTOMERS_EACH).map(|it| (distributor * 67 + it * 163) % CUSTOMERS);
    let customers: Vec<u32> = customers.collect();
    flow.parties = customers
        .iter()
        .map(|it| ReportedParty {
            name: format!("第{it}人民医院有限责任公司"),
            code: format!("K{it:06}"),
            ..ReportedParty::default()
        })
        .collect();
    flow.products = (0..PRODUCTS)
        .map(|it| ReportedProduct {
            name: format!("阿莫西林胶囊{it}"),
            spec: "0.25g*24粒".to_owned(),
            unit: "盒".to_owned(),
            ..ReportedProduct::default()
        })
        .collect();
    flow.lots = (0..LOTS)
        .map(|it| ReportedLot {
            raw: format!("2501{it:04}"),
            lot: format!("2501{it:04}"),
            ..ReportedLot::default()
        })
        .collect();
    flow.texts.push("销售出库".to_owned());
    let ids = customers.into_iter().map(customer_id);
    let found = ids.chain((0..PRODUCTS).map(product_id)).map(|id| {
        Some(Match {
            id,
            rule: Rule::Name,
            alias_id: None,
        })
    });
    ResolvedTable {
        flow,
        matches: std::iter::once(None).chain(found).collect(),
        customer: Vec::new(),
        matched_product: Vec::new(),
        base_quantity: Vec::new(),
        disposition: Vec::new(),
    }
}

fn push(
    table: &mut ResolvedTable,
    line: u32,
    (customer, product, day): (u32, u32, Day),
    (flags, boxes, cents): (LineFlags, i64, i64),
) -> anyhow::Result<()> {
    let quantity = Micros(boxes * Micros::SCALE);
    let flow = &mut table.flow;
    flow.day.push(day);
    flow.party.push(customer);
    flow.product.push(product);
    flow.lot.push(line % LOTS);
    flow.quantity.push(quantity);
    flow.price.push(None);
    flow.amount.push(Some(Micros(cents * 10_000)));
    flow.texts.push(format!("XS{day}{line:06}"));
    flow.doc_no.push(u32::try_from(flow.texts.len() - 1)?);
    flow.doc_type.push(1);
    for empty in [
        &mut flow.line_id,
        &mut flow.branch,
        &mut flow.salesperson,
        &mut flow.remark,
        &mut flow.stock_status,
    ] {
        empty.push(0);
    }
    flow.flags.push(flags);
    flow.hold.push(None);
    flow.sheet.push(0);
    flow.row.push(line + 2);
    table.customer.push(customer + 1);
    table.matched_product.push(CUSTOMERS_EACH + product + 1);
    table.base_quantity.push(Some(quantity));
    table.disposition.push(Disposition::Accepted);
    Ok(())
}

/// The lines as an analyst is given them.
pub fn write(table: &ResolvedTable, distributor: u32, to: &mut impl Write) -> anyhow::Result<()> {
    let owner = distributor_id(distributor);
    let flow = &table.flow;
    let id = |number: &u32| {
        let found = table.matches.get(*number as usize)?.as_ref()?;
        Some(found.id.as_str())
    };
    for (at, day) in flow.day.iter().enumerate() {
        let line = || {
            Some((
                id(table.customer.get(at)?)?,
                id(table.matched_product.get(at)?)?,
                flow.flags.get(at)?.0,
                flow.quantity.get(at)?.0 / Micros::SCALE,
                flow.amount.get(at)?.as_ref()?.0 / 10_000,
            ))
        };
        let (customer, product, flags, boxes, cents) = line().context("a column is short")?;
        let day = day.number();
        writeln!(
            to,
            "{owner},{customer},{product},{day},{flags},{boxes},{cents}"
        )?;
    }
    Ok(())
}
