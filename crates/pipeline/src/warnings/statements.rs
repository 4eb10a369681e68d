//! Statements that wait for somebody, and appeals whose line is gone (结算预警).

use channelflow_model::Day;
use channelflow_model::finding::Severity;
use channelflow_model::statement::{Statement, StatementState};
use channelflow_settle::policy::Payout;
use channelflow_warehouse::{StatementFilter, Warehouse};

use super::{Look, Warning, total};
use crate::settle::months_between;
use crate::settle::reach::days_of;

/// Drafts of months that ended so many days ago, and confirmed statements past their payout day.
pub(super) async fn waiting(
    warehouse: &Warehouse,
    look: &Look<'_>,
    confirm_days: u32,
) -> anyhow::Result<Vec<Warning>> {
    let mut found = Vec::new();
    for head in warehouse.statements(StatementFilter::default()).await? {
        let (code, severity, due, yuan) = match head.state {
            StatementState::Draft => {
                let days = look.inputs.rule.days_of(head.period);
                let due = days.and_then(|days| days.last.plus_days(i64::from(confirm_days)));
                ("warn_statement_draft", Severity::Warning, due, head.total)
            }
            StatementState::Confirmed => {
                let statement = warehouse.statement(&head.number).await?;
                let due = due_parts(look, &statement);
                let past = due.iter().filter(|(day, _)| *day < look.today);
                let first = past.clone().map(|(day, _)| *day).min();
                let yuan = total(past.map(|(_, yuan)| *yuan));
                ("warn_statement_unpaid", Severity::Error, first, yuan)
            }
            _ => continue,
        };
        let Some(due) = due.filter(|due| *due < look.today) else {
            continue;
        };
        found.push(
            Warning::new(code, severity)
                .yuan(yuan)
                .fact("statement", &head.number)
                .fact("distributor", look.distributor(&head.party_id))
                .fact("period", head.period)
                .fact("due", due)
                .fact("days", look.today.days_since(due)),
        );
    }
    Ok(found)
}

/// Payout day and yuan of the parts whose policy agrees on one.
fn due_parts(look: &Look<'_>, statement: &Statement) -> Vec<(Day, channelflow_model::Micros)> {
    let due = |part: &channelflow_model::statement::StatementPart| {
        let number = look.books.terms.number_of(&part.policy)?;
        let payout = look.books.terms.policies.get(number)?.payout;
        if payout == Payout::default() {
            return None;
        }
        // A correction of an earlier span is paid with the statement it stands in.
        let span = if part.prior {
            vec![statement.head.period]
        } else {
            months_between(part.first, part.last)
        };
        Some((payout.day(days_of(look.inputs, &span)?)?, part.total))
    };
    statement.parts.iter().filter_map(due).collect()
}

/// Approved appeals whose line does not count any more.
pub(super) async fn stale_appeals(
    warehouse: &Warehouse,
    look: &Look<'_>,
) -> anyhow::Result<Vec<Warning>> {
    let stale = warehouse.stale_appeals().await?;
    let warning = |appeal: &channelflow_warehouse::Appeal| {
        Warning::new("warn_appeal_stale", Severity::Warning)
            .fact("appeal", appeal.appeal_id)
            .fact("distributor", look.distributor(&appeal.distributor_id))
            .fact("day", appeal.day)
            .fact("product", &appeal.product_id)
            .fact("quantity", appeal.quantity)
    };
    Ok(stale.iter().map(warning).collect())
}
