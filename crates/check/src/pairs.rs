//! A table folded to its distinct (product, lot) pairs: what the lot checks look at. Millions of
//! lines become some hundreds of pairs.

use channelflow_frame::{column, resolved_lines};
use channelflow_model::flow::ResolvedTable;
use polars::prelude::*;

/// A product with one reported lot. Ascending by product, canonical lot, lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pair {
    /// Index of the first match with the product's id.
    pub(crate) product: u32,
    /// Index of the first lot with the same canonical text.
    pub(crate) lot_key: u32,
    /// Index of the lot.
    pub(crate) lot: u32,
    /// Its first line.
    pub(crate) line: u32,
    /// Lines with a positive quantity on a day after the expiry.
    pub(crate) after_expiry: u32,
    /// The first of them.
    pub(crate) after_expiry_line: u32,
}

/// The pairs of all lines whose product is known and that name a lot.
pub(crate) fn pairs(table: &ResolvedTable) -> PolarsResult<Vec<Pair>> {
    let after = col(column::DAY)
        .gt(col(column::EXPIRY))
        .and(col(column::QUANTITY).gt(lit(0_i64)));
    let folded = resolved_lines(table)?
        .lazy()
        .filter(
            col(column::PRODUCT_ID)
                .gt(lit(0_u32))
                .and(col(column::LOT_KEY).gt(lit(0_u32))),
        )
        .with_column(after.fill_null(lit(false)).alias("after"))
        .group_by([
            col(column::PRODUCT_ID),
            col(column::LOT_KEY),
            col(column::LOT),
        ])
        .agg([
            col(column::LINE).min(),
            col("after")
                .sum()
                .cast(DataType::UInt32)
                .alias("after_expiry"),
            col(column::LINE)
                .filter(col("after"))
                .min()
                .fill_null(lit(0_u32))
                .alias("after_expiry_line"),
        ])
        .collect()?;
    let codes = |name: &str| -> PolarsResult<Vec<u32>> {
        Ok(folded
            .column(name)?
            .u32()?
            .iter()
            .map(Option::unwrap_or_default)
            .collect())
    };
    let after = codes("after_expiry")?
        .into_iter()
        .zip(codes("after_expiry_line")?);
    let lots = codes(column::LOT)?.into_iter().zip(codes(column::LINE)?);
    let mut pairs: Vec<Pair> = codes(column::PRODUCT_ID)?
        .into_iter()
        .zip(codes(column::LOT_KEY)?)
        .zip(lots)
        .zip(after)
        .map(
            |(((product, lot_key), (lot, line)), (after_expiry, after_expiry_line))| Pair {
                product,
                lot_key,
                lot,
                line,
                after_expiry,
                after_expiry_line,
            },
        )
        .collect();
    pairs.sort_unstable();
    Ok(pairs)
}
