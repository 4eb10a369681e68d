//! The columns of the frame that travels between stages that compute on columns: names and types
//! in one place.
//!
//! Exact numbers are `i64` millionths, days are `i32` (`yyyymmdd`), everything that stands in a
//! dictionary is its `u32` index there. No decimal type: its sums may wrap and its divisions keep
//! the scale of the operand. Texts stay in the dictionaries of the table the frame was made from.

use std::collections::HashMap;

use channelflow_model::flow::{ReportedLot, ResolvedTable};
use channelflow_model::{Day, FlowTable, Micros};
use polars::prelude::{Column, DataFrame, PolarsResult};

/// Names of the columns.
pub mod column {
    /// `u32`: index of the line in its table.
    pub const LINE: &str = "line";
    /// `i32`: business day.
    pub const DAY: &str = "day";
    /// `u32`: index of the reported party.
    pub const PARTY: &str = "party";
    /// `u32`: index of the reported product.
    pub const PRODUCT: &str = "product";
    /// `u32`: index of the reported lot; 0 for none.
    pub const LOT: &str = "lot";
    /// `u32`: index of the first reported lot with the same canonical text; 0 for none.
    pub const LOT_KEY: &str = "lot_key";
    /// `i32`: expiry day, null for none.
    pub const EXPIRY: &str = "expiry";
    /// `i32`: production day, null for none.
    pub const MFG: &str = "mfg";
    /// `i64`: signed quantity in the reported unit.
    pub const QUANTITY: &str = "quantity";
    /// `i64`: unit price, null for none.
    pub const PRICE: &str = "price";
    /// `i64`: amount, null for none.
    pub const AMOUNT: &str = "amount";
    /// `u32`: [`channelflow_model::LineFlags`].
    pub const FLAGS: &str = "flags";
    /// `u32`, resolved lines only: index of the first match with the same customer id; 0 for none.
    pub const CUSTOMER_ID: &str = "customer_id";
    /// `u32`, resolved lines only: index of the first match with the same product id; 0 for none.
    pub const PRODUCT_ID: &str = "product_id";
    /// `i64`, resolved lines only: quantity in base units, null while it is not known.
    pub const BASE_QUANTITY: &str = "base_quantity";
}

/// The lines of a flow table.
pub fn lines(table: &FlowTable) -> PolarsResult<DataFrame> {
    DataFrame::new(table.len(), columns(table))
}

/// The lines of a resolved table: those of its flow table and what they resolved to.
pub fn resolved_lines(table: &ResolvedTable) -> PolarsResult<DataFrame> {
    let first = first_of_id(table);
    let mut columns = columns(&table.flow);
    columns.extend([
        Column::new(column::CUSTOMER_ID.into(), gather(&table.customer, &first)),
        Column::new(
            column::PRODUCT_ID.into(),
            gather(&table.matched_product, &first),
        ),
        Column::new(column::BASE_QUANTITY.into(), micros(&table.base_quantity)),
    ]);
    DataFrame::new(table.flow.len(), columns)
}

fn columns(table: &FlowTable) -> Vec<Column> {
    let days: Vec<i32> = table.day.iter().map(|day| day.number()).collect();
    let quantities: Vec<i64> = table.quantity.iter().map(|quantity| quantity.0).collect();
    let flags: Vec<u32> = table.flags.iter().map(|flags| flags.0).collect();
    let day = |of: fn(&ReportedLot) -> Option<Day>| -> Vec<Option<i32>> {
        let days: Vec<Option<i32>> = table
            .lots
            .iter()
            .map(|lot| of(lot).map(Day::number))
            .collect();
        gather(&table.lot, &days)
    };
    vec![
        Column::new(column::LINE.into(), line_numbers(table.len())),
        Column::new(column::DAY.into(), days),
        Column::new(column::PARTY.into(), &table.party),
        Column::new(column::PRODUCT.into(), &table.product),
        Column::new(column::LOT.into(), &table.lot),
        Column::new(
            column::LOT_KEY.into(),
            gather(&table.lot, &first_of_lot(&table.lots)),
        ),
        Column::new(column::EXPIRY.into(), day(|lot| lot.expiry)),
        Column::new(column::MFG.into(), day(|lot| lot.mfg)),
        Column::new(column::QUANTITY.into(), quantities),
        Column::new(column::PRICE.into(), micros(&table.price)),
        Column::new(column::AMOUNT.into(), micros(&table.amount)),
        Column::new(column::FLAGS.into(), flags),
    ]
}

fn line_numbers(lines: usize) -> Vec<u32> {
    (0..).take(lines).collect()
}

fn micros(values: &[Option<Micros>]) -> Vec<Option<i64>> {
    values.iter().map(|value| value.map(|v| v.0)).collect()
}

/// The dictionary's values line by line.
fn gather<T: Copy + Default>(indexes: &[u32], values: &[T]) -> Vec<T> {
    indexes
        .iter()
        .map(|index| values.get(*index as usize).copied().unwrap_or_default())
        .collect()
}

/// For every lot the first one with its canonical text; the empty one is 0.
fn first_of_lot(lots: &[ReportedLot]) -> Vec<u32> {
    first_of(
        lots.iter()
            .map(|lot| Some(&*lot.lot).filter(|lot| !lot.is_empty())),
    )
}

/// For every match the first one with its id; "none" is 0.
fn first_of_id(table: &ResolvedTable) -> Vec<u32> {
    first_of(
        table
            .matches
            .iter()
            .map(|found| found.as_ref().map(|found| &*found.id)),
    )
}

fn first_of<'a>(texts: impl Iterator<Item = Option<&'a str>>) -> Vec<u32> {
    let mut first: HashMap<&str, u32> = HashMap::new();
    (0..)
        .zip(texts)
        .map(|(index, text)| text.map_or(0, |text| *first.entry(text).or_insert(index)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use channelflow_model::flow::{Match, ReportedProduct, Rule};
    use channelflow_model::{Disposition, FlowKind, LineFlags};

    fn resolved() -> ResolvedTable {
        let mut flow = FlowTable::new(FlowKind::Sale);
        flow.products.push(ReportedProduct::default());
        for raw in ["A1 ", "B2", "A1"] {
            flow.lots.push(ReportedLot {
                raw: raw.into(),
                lot: raw.trim().into(),
                expiry: Day::from_number(20_271_231),
                ..ReportedLot::default()
            });
        }
        for lot in 0..4 {
            flow.day.push(Day::from_number(20_260_105).unwrap());
            flow.party.push(0);
            flow.product.push(0);
            flow.lot.push(lot);
            flow.quantity.push(Micros::ONE);
            flow.price.push(None);
            flow.amount.push(Micros::from_units(5));
            flow.flags.push(LineFlags::RETURN);
        }
        let matched = |rule| {
            Some(Match {
                id: "P1".into(),
                rule,
                alias_id: None,
            })
        };
        ResolvedTable {
            matches: vec![None, matched(Rule::Name), matched(Rule::Code)],
            customer: vec![0; 4],
            matched_product: vec![0, 1, 2, 1],
            base_quantity: vec![None; 4],
            disposition: vec![Disposition::Accepted; 4],
            flow,
        }
    }

    #[test]
    fn a_frame_has_one_row_per_line_and_shares_keys() {
        let table = resolved();
        let frame = resolved_lines(&table).unwrap();
        assert_eq!(frame.shape(), (4, 15));
        let codes = |name: &str| -> Vec<u32> {
            let column = frame.column(name).unwrap().u32().unwrap();
            column.into_no_null_iter().collect()
        };
        assert_eq!(codes(column::LINE), [0, 1, 2, 3]);
        assert_eq!(codes(column::LOT_KEY), [0, 1, 2, 1]);
        assert_eq!(codes(column::PRODUCT_ID), [0, 1, 1, 1]);
        let expiry = frame.column(column::EXPIRY).unwrap().i32().unwrap();
        assert_eq!(expiry.get(0), None);
        assert_eq!(expiry.get(1), Some(20_271_231));
        assert_eq!(frame.column(column::PRICE).unwrap().null_count(), 4);
        assert_eq!(lines(&table.flow).unwrap().width(), 12);
    }

    #[test]
    fn a_table_with_columns_of_different_length_is_an_error() {
        let mut table = resolved();
        table.flow.price.pop();
        assert!(resolved_lines(&table).is_err());
    }
}
