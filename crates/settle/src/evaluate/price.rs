//! Price protection on stock and price difference on flow. Examples 12, 12b, 13.

use std::cmp::Ordering;

use channelflow_model::settlement::Measure;
use rust_decimal::Decimal;

use super::basis::Counted;
use super::trace::{Trace, number};
use super::{Reason, Stage};
use crate::figures::{Figures, PriceCut, PriceGap};
use crate::policy::Reward;
use crate::round::{add, mul, sub};

/// Old price less new price, on stock and goods on the way, or on what of it was bought lately. A
/// raised price gives and takes nothing.
pub(super) fn protection(
    figures: &Figures,
    reward: &Reward,
    within_days: Option<u32>,
    trace: &mut Trace,
) -> Result<Decimal, Reason> {
    let cuts = figures.price_cuts.as_deref();
    let cuts = cuts.ok_or_else(|| Reason::new("policy_held_no_price_cuts"))?;
    let mut total = Decimal::ZERO;
    for cut in cuts {
        let old = known(cut.old_price, "old_price", &cut.product)?;
        let new = known(cut.new_price, "new_price", &cut.product)?;
        let quantity = protected(cut, within_days)?;
        let gap = sub(old, new)?.max(Decimal::ZERO);
        let amount = mul(gap, quantity)?;
        let after = add(total, amount)?;
        trace.change(
            Stage::Tier,
            Some(&reward.id),
            "policy_step_price_cut",
            &[
                ("product", &cut.product),
                ("old", &number(old)),
                ("new", &number(new)),
                ("quantity", &number(quantity)),
                ("amount", &number(amount)),
            ],
            (total, after),
        );
        total = after;
    }
    Ok(total)
}

fn protected(cut: &PriceCut, within_days: Option<u32>) -> Result<Decimal, Reason> {
    let stock = known(cut.stock, "stock", &cut.product)?;
    let transit = known(cut.transit, "transit", &cut.product)?;
    if stock < Decimal::ZERO || transit < Decimal::ZERO {
        return Err(Reason::new("policy_held_negative_stock").fact("product", &cut.product));
    }
    let held = add(stock, transit)?;
    if within_days.is_none() {
        return Ok(held);
    }
    let bought = known(cut.bought_recently, "bought_recently", &cut.product)?;
    Ok(held.min(bought).max(Decimal::ZERO))
}

/// What it was bought for less what it was sold for. Sold above the price bought at gives and
/// takes nothing; goods that came back take back what they gave.
pub(super) fn difference(
    counted: &Counted<'_>,
    reward: &Reward,
    trace: &mut Trace,
) -> Result<Decimal, Reason> {
    let gaps = counted.figures.price_gaps.as_deref();
    let gaps = gaps.ok_or_else(|| {
        let reason = Reason::new("policy_held_no_price_gaps");
        counted.unknown(Measure::Quantity, reason)
    })?;
    let mut total = Decimal::ZERO;
    for gap in gaps {
        let amount = gap_amount(counted, gap)?;
        let after = add(total, amount)?;
        trace.change(
            Stage::Tier,
            Some(&reward.id),
            "policy_step_price_gap",
            &[
                ("product", &gap.product),
                ("quantity", &number(gap.quantity.unwrap_or_default())),
                ("bought", &number(gap.bought_price.unwrap_or_default())),
                ("sold", &number(gap.amount.unwrap_or_default())),
                (
                    "excluded",
                    &number(gap.excluded_quantity.unwrap_or_default()),
                ),
                ("amount", &number(amount)),
            ],
            (total, after),
        );
        total = after;
    }
    Ok(total)
}

fn gap_amount(counted: &Counted<'_>, gap: &PriceGap) -> Result<Decimal, Reason> {
    let bought = known(gap.bought_price, "bought_price", &gap.product)?;
    let quantity = known(gap.quantity, "quantity", &gap.product)?;
    let sold = known(gap.amount, "amount", &gap.product)
        .map_err(|reason| counted.unknown(Measure::Amount, reason))?;
    let lost = sub(mul(bought, quantity)?, sold)?;
    Ok(match quantity.cmp(&Decimal::ZERO) {
        Ordering::Greater => lost.max(Decimal::ZERO),
        Ordering::Less => lost.min(Decimal::ZERO),
        Ordering::Equal => Decimal::ZERO,
    })
}

fn known(figure: Option<Decimal>, name: &'static str, product: &str) -> Result<Decimal, Reason> {
    figure.ok_or_else(|| {
        Reason::new("policy_held_no_price_figure")
            .fact("product", &product)
            .fact("figure", &name)
    })
}
