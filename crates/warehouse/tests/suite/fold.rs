//! The fold: what settlement reads is what the lines say, also for a warehouse older than it.

use channelflow_model::{FlowKind, Period};
use channelflow_warehouse::{FoldFilter, Mode, Warehouse};

use crate::on_both_engines;
use crate::world::World;

on_both_engines! {
    lines_are_summed_by_customer_product_and_day,
    a_closed_period_keeps_its_fold_and_the_difference_is_booked_later,
    an_older_warehouse_gets_its_fold,
}

const MARCH: &str = "2026-03-01..2026-03-31";

fn period(text: &str) -> Period {
    Period::from_iso(text).unwrap()
}

/// `booking: day customer product lines × quantity, amount` of every entry of sales.
async fn folded(warehouse: &Warehouse) -> Vec<String> {
    let filter = FoldFilter {
        kind: FlowKind::Sale,
        business: None,
        booking: None,
        distributors: None,
    };
    let mut shown = Vec::new();
    let mut receive = |stored: channelflow_warehouse::StoredFold| {
        let fold = stored.decode()?;
        for entry in &fold.entries {
            shown.push(format!(
                "{}: {} {} {} {} × {}, {}",
                fold.booking_period,
                entry.day,
                fold.customers[entry.customer as usize],
                fold.products[entry.product as usize],
                entry.lines,
                entry.quantity,
                entry.amount
            ));
        }
        Ok(())
    };
    warehouse.folds(filter, &mut receive).await.unwrap();
    shown
}

async fn lines_are_summed_by_customer_product_and_day(world: &World) {
    let first = [
        "2026-03-01 甲 乙片 3",
        "2026-03-01 甲 乙片 3",
        "2026-03-01 甲 丙片 1",
        "2026-03-02 甲 乙片 -2",
        "2026-03-02 ?谁 乙片 9",
    ];
    world.load("a", MARCH, &first).await;
    let mut expected = vec![
        "2026-03: 2026-03-01 C-甲 P-丙片 1 × 1, 10",
        "2026-03: 2026-03-01 C-甲 P-乙片 2 × 6, 60",
        "2026-03: 2026-03-02 C-甲 P-乙片 1 × -2, -20",
    ];
    assert_eq!(folded(&world.warehouse).await, expected);

    // A corrected file takes off what it closed; a day without lines leaves nothing.
    let corrected = ["2026-03-01 甲 乙片 3", "2026-03-01 甲 丙片 1"];
    let second = world.load("b", MARCH, &corrected).await;
    expected = vec![
        "2026-03: 2026-03-01 C-甲 P-丙片 1 × 1, 10",
        "2026-03: 2026-03-01 C-甲 P-乙片 1 × 3, 30",
    ];
    assert_eq!(folded(&world.warehouse).await, expected);

    let undone = world.warehouse.undo(
        second.submission_id,
        None,
        "2026-05-02T00:00:00Z",
        Mode::Commit,
    );
    undone.await.unwrap();
    assert_eq!(folded(&world.warehouse).await.len(), 3);
}

async fn a_closed_period_keeps_its_fold_and_the_difference_is_booked_later(world: &World) {
    world.load("a", MARCH, &["2026-03-01 甲 乙片 3"]).await;
    let closed = world.warehouse.close_period(
        period("2026-03"),
        "ann",
        "2026-04-05T00:00:00Z",
        Mode::Commit,
    );
    closed.await.unwrap();
    world.load("b", MARCH, &["2026-03-01 甲 乙片 4"]).await;
    assert_eq!(
        folded(&world.warehouse).await,
        [
            "2026-03: 2026-03-01 C-甲 P-乙片 1 × 3, 30",
            // The counter-entry is −1 line, the corrected one 1.
            "2026-04: 2026-03-01 C-甲 P-乙片 0 × 1, 10",
        ]
    );
}

async fn an_older_warehouse_gets_its_fold(world: &World) {
    world.load("a", MARCH, &["2026-03-01 甲 乙片 3"]).await;
    let before = folded(&world.warehouse).await;
    // As its migration leaves it: the table is there and empty.
    world.execute(&["DELETE FROM fold"]).await;
    world.warehouse.migrate().await.unwrap();
    assert_eq!(folded(&world.warehouse).await, before);
    assert_eq!(before.len(), 1);
}
