//! The records behind a part of a statement: every flow line, shipment or payment that its figures
//! rest on, as they stood when it was computed.

use channelflow_model::settlement::{Entry, Fold, Payment, Shipment};
use channelflow_model::statement::{Statement, StatementPart};
use channelflow_model::{DayRange, FlowKind, LineFlags, Micros};
use channelflow_settle::gather::Gatherer;
use channelflow_settle::policy::Source;
use channelflow_warehouse::{FlowFilter, FlowRow, LineStatus, Warehouse};
use serde::Serialize;

use super::Books;
use crate::company::Company;

/// What a part rests on. Sums over them are the basis of its figures.
#[derive(Debug, Default, Serialize)]
pub struct Records {
    /// Flow lines.
    pub lines: Vec<FlowRow>,
    /// Shipments.
    pub shipments: Vec<Shipment>,
    /// Payments.
    pub payments: Vec<Payment>,
}

/// Collects them. Rows of appeals are not among them: `channelflow appeal list` shows those.
pub async fn records(
    company: &Company,
    warehouse: &Warehouse,
    statement: &Statement,
    part: &StatementPart,
) -> anyhow::Result<Records> {
    let books = Books::of_month(warehouse, statement.head.period).await?;
    records_by(&books, company, warehouse, statement, part).await
}

/// Collects them by the books of the statement's month, for many statements of one.
pub async fn records_by(
    books: &Books,
    company: &Company,
    warehouse: &Warehouse,
    statement: &Statement,
    part: &StatementPart,
) -> anyhow::Result<Records> {
    let mut records = Records::default();
    let rule = company.period_rule;
    let first = rule.days_of(part.first);
    let days = first.zip(rule.days_of(part.last));
    let Some(days) = days.and_then(|(first, last)| DayRange::new(first.first, last.last)) else {
        return Ok(records);
    };
    let numbered = books.terms.number_of(&part.policy);
    let Some((number, policy)) = numbered.and_then(|at| Some((at, books.terms.policies.get(at)?)))
    else {
        return Ok(records);
    };
    let party = statement.head.party_id.as_str();
    let own = |shipment: &Shipment| shipment.distributor_id == party;
    let kind = match policy.basis.source {
        Source::Sale | Source::Paid => FlowKind::Sale,
        Source::Purchase => FlowKind::Purchase,
        Source::Shipment => {
            records.shipments = warehouse.shipments(days, books.terms.as_of).await?;
            records.shipments.retain(own);
            return Ok(records);
        }
    };
    let pays = |payment: &Payment| payment.distributor_id == party;
    records.payments = warehouse.payments(days, books.terms.as_of).await?;
    let asks_payments = policy.rewards.iter().any(|reward| {
        matches!(
            reward.shape,
            channelflow_settle::policy::Shape::Timeliness { .. }
                | channelflow_settle::policy::Shape::BillDiscount { .. }
        )
    });
    let paid = policy.basis.source == Source::Paid;
    records
        .payments
        .retain(|it| pays(it) && (asks_payments || paid));
    if paid {
        return Ok(records);
    }
    let settlement = warehouse.settlement(statement.head.settlement_id).await?;
    let filter = FlowFilter {
        distributor_id: Some(party.to_owned()),
        kind: Some(kind),
        days: Some(days),
        booking_period: None,
        status: Some(LineStatus::Accepted),
        as_of_load: Some(settlement.as_of_load),
    };
    let prepared = books.prepared();
    let gatherer = Gatherer::new(&books.terms.policies, &prepared);
    let period = statement.head.period;
    let lines = &mut records.lines;
    warehouse
        .flow_rows(&filter, &mut |line| {
            if line.booking_period <= period && counts(&gatherer, number, &line) {
                lines.push(line);
            }
            Ok(())
        })
        .await?;
    Ok(records)
}

/// Whether a line is in the basis of the policy.
fn counts(gatherer: &Gatherer<'_>, number: usize, line: &FlowRow) -> bool {
    let mut flags = LineFlags(line.flags.0 & LineFlags::IDENTITY.0);
    if line.amount.is_none() {
        flags = LineFlags(flags.0 | LineFlags::NO_AMOUNT.0);
    }
    let fold = Fold {
        distributor_id: line.distributor_id.clone(),
        kind: line.kind,
        business_period: line.business_period,
        booking_period: line.booking_period,
        customers: vec![line.customer_id.clone().unwrap_or_default()],
        products: vec![line.product_id.clone().unwrap_or_default()],
        entries: vec![Entry {
            customer: 0,
            product: 0,
            day: line.day,
            flags,
            lines: 1,
            quantity: line.base_quantity.unwrap_or(Micros::ZERO),
            amount: line.amount.unwrap_or(Micros::ZERO),
        }],
    };
    !gatherer.of_fold(&fold, &[number]).is_empty()
}
