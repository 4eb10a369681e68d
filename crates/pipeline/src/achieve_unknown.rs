//! What is missing from achievement because it is not known: sales nobody reported, and sales that
//! wait for a decision. Not here: what is computed from those that are known.

use channelflow_model::{FlowKind, Period, PeriodRule};
use channelflow_settle::achieve::{AchievementTable, PeriodBasis, Unreported, Waiting};
use channelflow_warehouse::Warehouse;
use futures::FutureExt as _;

use crate::settle::{Books, months_between};

/// Puts it into the table of a month.
pub(crate) async fn say_unknown(
    warehouse: &Warehouse,
    (books, rule): (&Books, PeriodRule),
    table: &mut AchievementTable,
) -> anyhow::Result<()> {
    // Of a month that has not begun nobody owes anything.
    let period = table.period.min(rule.period_of(table.progress_day));
    let january = Period::from_number(period.number() / 100 * 100 + 1).unwrap_or(period);
    let (quality, reports, known_since) = futures::try_join!(
        warehouse.sales_quality(table.period).boxed(),
        warehouse.first_reports(january, period).boxed(),
        warehouse.known_since().boxed(),
    )?;
    // Lines wait in the month they would be booked in.
    if table.basis == PeriodBasis::Booking {
        table.waiting = Waiting {
            lines: quality.held_lines,
            amount: quality.held_amount,
        };
    }
    let owing = books.master.distributors.iter();
    for distributor in owing.filter(|it| it.active && it.expects.contains(&FlowKind::Sale)) {
        let key = (distributor.id.clone(), FlowKind::Sale);
        // Of one that never reported, nobody knows since when it should have.
        let since = known_since.get(&key).copied().unwrap_or(period);
        let (id, kind) = key;
        for month in months_between(since.max(january), period) {
            if !reports.contains_key(&(id.clone(), kind, month)) {
                table.unreported.push(Unreported {
                    distributor_id: id.clone(),
                    name: distributor.name.clone(),
                    period: month,
                });
            }
        }
    }
    Ok(())
}
