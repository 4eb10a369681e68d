//! What may be appealed: a line that counts, a quantity it has, somewhere else to count that exists,
//! and months that are open.
//!
//! Not here: what an approval does (`decide`, `rows`).

use std::collections::BTreeSet;

use channelflow_model::appeal::{AppealKind, AppealState, Moved};
use channelflow_model::window::Window;
use channelflow_model::{FlowKind, Micros, Period, Sentence};

use super::{Appeal, NewAppeal, Which, select};
use crate::database::Tx;
use crate::explain;
use crate::flow::{Delta, FlowRow, LineStatus};
use crate::value::{Row, values};
use crate::window::{OnDay, require};
use crate::{WarehouseError, sql};

/// Months the two rows of a pair are booked in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Booking {
    /// Of the row that takes off.
    pub(super) off: Period,
    /// Of the row that puts on.
    pub(super) on: Period,
}

/// The appeal as it would be stored, or why it cannot be filed.
pub(super) async fn checked(
    tx: &mut Tx,
    new: &NewAppeal<'_>,
    on: OnDay<'_>,
) -> Result<Appeal, WarehouseError> {
    let line = line_of(tx, new.line_id).await?;
    if new.reason.trim().is_empty() {
        return Err(Sentence::new("appeal_without_reason").into());
    }
    let moves = moves(new, &line)?;
    let known = tx
        .first(
            &sql::APPEAL_TARGETS_KNOWN,
            values![
                moves.id(Moved::Customer),
                moves.id(Moved::Product),
                moves.id(Moved::Distributor),
            ],
            |row| Ok([row.flag()?, row.flag()?, row.flag()?]),
        )
        .await?
        .unwrap_or_default();
    let asked = [Moved::Customer, Moved::Product, Moved::Distributor];
    if let Some((moved, _)) = asked.iter().zip(known).find(|(_, known)| !known) {
        return Err(Sentence::new("appeal_target_unknown")
            .fact("moved", moved.as_str())
            .fact("id", moves.id(*moved))
            .into());
    }
    let appeal = Appeal {
        appeal_id: tx.integer(&sql::NEXT_APPEAL_ID, Vec::new()).await?,
        kind: new.kind,
        line_id: new.line_id,
        quantity: quantity(tx, new, &line).await?,
        to_distributor: moves.id(Moved::Distributor).to_owned(),
        to_customer: moves.id(Moved::Customer).to_owned(),
        to_product: moves.id(Moved::Product).to_owned(),
        to_post: moves.id(Moved::Post).to_owned(),
        to_period: new.to_period,
        reason: new.reason.trim().to_owned(),
        opened_by: new.who.to_owned(),
        opened_at: new.at.to_owned(),
        state: AppealState::Open,
        note: String::new(),
        decided_by: String::new(),
        decided_at: String::new(),
        line_counts: true,
        flow_kind: line.kind,
        day: line.day,
        business_period: line.business_period,
        booking_period: line.booking_period,
        customer_id: line.customer_id.unwrap_or_default(),
        product_id: line.product_id.unwrap_or_default(),
        distributor_id: line.distributor_id,
    };
    let booked = booking(tx, &appeal).await?;
    let window = if new.kind == AppealKind::Diversion {
        Window::Diversion
    } else {
        Window::Appeal
    };
    require(tx, booked.off.min(booked.on), window, on).await?;
    Ok(appeal)
}

/// The line, if it counts: accepted, not closed, without a counter-entry, and none itself.
pub(super) async fn line_of(tx: &mut Tx, line_id: i64) -> Result<FlowRow, WarehouseError> {
    let found = explain::find(tx, line_id).await?;
    let (line, _) = found.ok_or_else(|| WarehouseError::NotFound {
        what: "line",
        id: line_id.to_string(),
    })?;
    let code = if line.closed_load.is_some() || line.reversed_load.is_some() {
        "appeal_line_replaced"
    } else if line.delta == Delta::Reversal {
        "appeal_line_is_counter_entry"
    } else if line.status != LineStatus::Accepted {
        "appeal_line_held"
    } else if line.kind == FlowKind::Inventory {
        "appeal_line_is_stock"
    } else {
        return Ok(line);
    };
    Err(Sentence::new(code).fact("line", line_id).into())
}

/// Months an appeal is booked in. The month itself moves: from the line's own to the one asked for.
/// Otherwise both rows stand in the month asked for, or the first open one from the line's own on.
pub(super) async fn booking(tx: &mut Tx, appeal: &Appeal) -> Result<Booking, WarehouseError> {
    let closed: BTreeSet<Period> = tx
        .all(&sql::CLOSED_PERIODS, Vec::new(), Row::period)
        .await?
        .into_iter()
        .collect();
    let own = appeal.booking_period;
    let first_open = std::iter::successors(Some(own), |period| Some(period.next()))
        .find(|period| !closed.contains(period))
        .unwrap_or(own);
    let on = appeal.to_period.unwrap_or(first_open);
    let off = if appeal.kind.moves_period() { own } else { on };
    if let Some(period) = [off, on].into_iter().find(|it| closed.contains(it)) {
        return Err(Sentence::new("appeal_period_closed")
            .fact("period", period)
            .fact("open", first_open)
            .into());
    }
    if !appeal.kind.moves_period() && on < own {
        return Err(Sentence::new("appeal_before_its_line")
            .fact("period", on)
            .fact("booking", own)
            .into());
    }
    Ok(Booking { off, on })
}

/// Where it is to count instead, by dimension; empty: as it is.
struct Moves<'a>([(Moved, &'a str); 4]);

impl<'a> Moves<'a> {
    fn id(&self, moved: Moved) -> &'a str {
        let found = self.0.iter().find(|(known, _)| *known == moved);
        found.map_or("", |(_, id)| id)
    }
}

fn moves<'a>(new: &NewAppeal<'a>, line: &FlowRow) -> Result<Moves<'a>, Sentence> {
    let kind = new.kind;
    let refused = |code, moved: Moved| {
        Sentence::new(code)
            .fact("appeal_kind", kind.as_str())
            .fact("moved", moved.as_str())
    };
    let given = |id: Option<&'a str>| id.unwrap_or_default().trim();
    let moves = Moves([
        (Moved::Customer, given(new.to_customer)),
        (Moved::Product, given(new.to_product)),
        (Moved::Distributor, given(new.to_distributor)),
        (Moved::Post, given(new.to_post)),
    ]);
    for (moved, id) in moves.0.iter().filter(|(_, id)| !id.is_empty()) {
        if kind == AppealKind::Alert || (*moved == Moved::Post && kind != AppealKind::WrongPost) {
            return Err(refused("appeal_does_not_move", *moved));
        }
        let original = match moved {
            Moved::Customer => line.customer_id.as_deref(),
            Moved::Product => line.product_id.as_deref(),
            Moved::Distributor => Some(line.distributor_id.as_str()),
            Moved::Post | Moved::Period => None,
        };
        if original == Some(*id) {
            return Err(refused("appeal_moves_nothing", *moved).fact("id", id));
        }
    }
    let is_named = |moved: &Moved| match moved {
        Moved::Period => new.to_period.is_some(),
        _ => !moves.id(*moved).is_empty(),
    };
    if let Some(first) = kind.moves().first()
        && !kind.moves().iter().any(is_named)
    {
        return Err(refused("appeal_needs_target", *first));
    }
    if kind.moves_period() && new.to_period == Some(line.booking_period) {
        return Err(refused("appeal_moves_nothing", Moved::Period).fact("id", line.booking_period));
    }
    Ok(moves)
}

/// Base units the appeal is about, signed as the line: at most what no other appeal is about.
async fn quantity(
    tx: &mut Tx,
    new: &NewAppeal<'_>,
    line: &FlowRow,
) -> Result<Micros, WarehouseError> {
    let of_line = line.base_quantity.unwrap_or_default();
    let mut left = i128::from(of_line.0);
    let mut others = Vec::new();
    for other in select(tx, Which::line(new.line_id)).await? {
        if matches!(other.state, AppealState::Open | AppealState::Approved) {
            left -= i128::from(other.quantity.0);
            others.push(other.appeal_id.to_string());
        }
    }
    let refused = |code| {
        Sentence::new(code)
            .fact("line", new.line_id)
            .fact("left", Micros::from_i128(left).unwrap_or_default())
            .fact("quantity", of_line)
            .fact("others", others.join(", "))
    };
    let asked = match new.quantity {
        None => of_line,
        Some(asked) if asked <= Micros::ZERO => {
            return Err(refused("appeal_quantity_not_positive").into());
        }
        Some(asked) if of_line < Micros::ZERO => {
            let negated = asked.checked_neg();
            negated.ok_or_else(|| refused("appeal_quantity_too_much"))?
        }
        Some(asked) => asked,
    };
    // A price adjustment has no quantity: only one appeal can be about it.
    if of_line == Micros::ZERO && !others.is_empty() {
        return Err(refused("appeal_line_taken").into());
    }
    if i128::from(asked.0).abs() > left.abs() {
        let code = if others.is_empty() {
            "appeal_quantity_too_much"
        } else {
            "appeal_line_taken"
        };
        return Err(refused(code).into());
    }
    Ok(asked)
}
