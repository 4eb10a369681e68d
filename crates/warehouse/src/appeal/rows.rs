//! The pair of rows by which an approved appeal moves a sale, and the pair that takes it back.
//!
//! Not here: whether it may be approved (`decide`), and what the rows do to results (`settle`).

use channelflow_model::appeal::{AppealKind, AppealRow};
use channelflow_model::{FlowKind, LineFlags, Micros};

use super::Appeal;
use super::checks::Booking;
use crate::database::Tx;
use crate::flow::FlowRow;
use crate::fold::{FoldFilter, ends};
use crate::value::{Row, values};
use crate::{WarehouseError, sql};

/// Millionths in a cent.
const CENT: i128 = 10_000;

/// Which rows are read.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asked<'f> {
    Filter(FoldFilter<'f>),
    Appeal(i64),
    Line(i64),
}

pub(super) async fn select(
    tx: &mut Tx,
    asked: Asked<'_>,
) -> Result<Vec<AppealRow>, WarehouseError> {
    let (mut business, mut booking) = (ends(None), ends(None));
    let (mut kind, mut distributors): (Option<FlowKind>, Option<String>) = (None, None);
    let (mut appeal, mut line): (Option<i64>, Option<i64>) = (None, None);
    match asked {
        Asked::Filter(filter) => {
            (business, booking) = (ends(filter.business), ends(filter.booking));
            kind = Some(filter.kind);
            distributors = filter
                .distributors
                .map(|ids| serde_json::Value::from(ids).to_string());
        }
        Asked::Appeal(appeal_id) => appeal = Some(appeal_id),
        Asked::Line(line_id) => line = Some(line_id),
    }
    let values = values![
        kind,
        business.0,
        business.1,
        booking.0,
        booking.1,
        distributors.as_deref(),
        appeal,
        line,
    ];
    tx.all(&sql::SELECT_APPEAL_ROWS, values, read).await
}

pub(super) async fn insert(tx: &mut Tx, pair: &[AppealRow; 2]) -> Result<(), WarehouseError> {
    if !balances(pair) {
        return Err(WarehouseError::Misuse {
            what: format!("a pair of rows does not sum to zero: {pair:?}"),
        });
    }
    for row in pair {
        let values = values![
            row.appeal_id,
            row.pair,
            row.sign,
            row.line_id,
            &row.distributor_id,
            row.flow_kind,
            row.business_period,
            row.booking_period,
            &row.customer_id,
            &row.product_id,
            row.day,
            i64::from(row.flags.0),
            &row.post_id,
            row.excluded,
            row.quantity,
            row.amount,
        ];
        tx.execute(&sql::INSERT_APPEAL_ROW, values).await?;
    }
    Ok(())
}

/// What the line is, as folds have it.
fn flags_of(line: &FlowRow) -> LineFlags {
    let unknown = if line.amount.is_none() {
        LineFlags::NO_AMOUNT.0
    } else {
        0
    };
    LineFlags(line.flags.0 & LineFlags::IDENTITY.0 | unknown)
}

/// The pair that moves a line, or a part of it. `moved`: what pairs on the line moved before.
pub(super) fn pair(
    appeal: &Appeal,
    line: &FlowRow,
    booking: Booking,
    moved: &[AppealRow],
) -> Option<[AppealRow; 2]> {
    let amount = part_of_amount(appeal, line, moved)?;
    let instead = |to: &str, original: &str| {
        let id = if to.is_empty() { original } else { to };
        id.to_owned()
    };
    let off = AppealRow {
        appeal_id: appeal.appeal_id,
        pair: 1,
        sign: -1,
        line_id: appeal.line_id,
        distributor_id: appeal.distributor_id.clone(),
        flow_kind: appeal.flow_kind,
        business_period: appeal.business_period,
        booking_period: booking.off,
        customer_id: appeal.customer_id.clone(),
        product_id: appeal.product_id.clone(),
        day: appeal.day,
        flags: flags_of(line),
        post_id: String::new(),
        excluded: false,
        quantity: appeal.quantity.checked_neg()?,
        amount: amount.checked_neg()?,
    };
    let on = AppealRow {
        sign: 1,
        booking_period: booking.on,
        distributor_id: instead(&appeal.to_distributor, &appeal.distributor_id),
        customer_id: instead(&appeal.to_customer, &appeal.customer_id),
        product_id: instead(&appeal.to_product, &appeal.product_id),
        post_id: appeal.to_post.clone(),
        excluded: appeal.kind == AppealKind::Alert,
        quantity: appeal.quantity,
        amount,
        ..off.clone()
    };
    Some([off, on])
}

/// The pair that takes another one back: the same rows with the other sign.
pub(super) fn taken_back(pair: &[AppealRow]) -> Option<[AppealRow; 2]> {
    let [first, second] = pair else { return None };
    let back = |row: &AppealRow| {
        Some(AppealRow {
            pair: 2,
            sign: -row.sign,
            quantity: row.quantity.checked_neg()?,
            amount: row.amount.checked_neg()?,
            ..row.clone()
        })
    };
    Some([back(first)?, back(second)?])
}

fn balances([first, second]: &[AppealRow; 2]) -> bool {
    first.sign + second.sign == 0
        && first.quantity.checked_add(second.quantity) == Some(Micros::ZERO)
        && first.amount.checked_add(second.amount) == Some(Micros::ZERO)
}

/// Yuan of the part an appeal moves: its share of the line, rounded half away from zero to the cent.
/// What rounding leaves over stays with the line; the part that takes its last box takes the rest, so
/// that a line moved in parts leaves no cents behind.
fn part_of_amount(appeal: &Appeal, line: &FlowRow, moved: &[AppealRow]) -> Option<Micros> {
    let (mut quantity, mut amount) = (i128::from(appeal.quantity.0), 0);
    // Original dimensions stand at −1 in the pair of an approval and at 1 in one that takes it back.
    for row in moved {
        if (row.pair == 1) == (row.sign == -1) {
            quantity -= i128::from(row.quantity.0);
            amount -= i128::from(row.amount.0);
        }
    }
    let whole = i128::from(line.amount.unwrap_or_default().0);
    let of = i128::from(line.base_quantity.unwrap_or_default().0);
    let moved_after = if quantity == of {
        whole
    } else {
        rounded(whole * quantity, of * CENT)? * CENT
    };
    Micros::from_i128(moved_after - amount)
}

/// Division rounded half away from zero.
fn rounded(dividend: i128, divisor: i128) -> Option<i128> {
    let quotient = dividend.checked_div(divisor)?;
    let remainder = dividend.checked_rem(divisor)?;
    if remainder.unsigned_abs() * 2 < divisor.unsigned_abs() {
        return Some(quotient);
    }
    Some(if (dividend < 0) == (divisor < 0) {
        quotient + 1
    } else {
        quotient - 1
    })
}

fn read(row: &mut Row) -> Result<AppealRow, WarehouseError> {
    Ok(AppealRow {
        appeal_id: row.int()?,
        pair: row.small()?,
        sign: row.small()?,
        line_id: row.int()?,
        distributor_id: row.text()?,
        flow_kind: row.kind()?,
        business_period: row.period()?,
        booking_period: row.period()?,
        customer_id: row.text()?,
        product_id: row.text()?,
        day: row.day()?,
        flags: LineFlags(row.small()?),
        post_id: row.text()?,
        excluded: row.flag()?,
        quantity: row.micros()?,
        amount: row.micros()?,
    })
}

#[cfg(test)]
mod tests {
    use super::rounded;

    #[test]
    fn rounding_goes_away_from_zero_at_a_half() {
        for (dividend, divisor, expected) in [
            (5, 10, 1),
            (-5, 10, -1),
            (4, 10, 0),
            (15, -10, -2),
            (14, -10, -1),
        ] {
            assert_eq!(rounded(dividend, divisor), Some(expected));
        }
        assert_eq!(rounded(1, 0), None);
    }
}
