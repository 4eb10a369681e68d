//! What settlement asks before it trusts the data, and drafts that were confirmed meanwhile.

use channelflow_model::statement::StatementState;
use channelflow_model::{Micros, Period};
use channelflow_warehouse::{Mode, NewSettlement, NewStatement, StatementFilter};

use crate::on_both_engines;
use crate::world::World;

on_both_engines! {
    amounts_wider_than_an_integer_are_summed,
    what_was_confirmed_meanwhile_stands,
}

const AT: &str = "2026-05-01T00:00:00Z";

/// A line costs ten times its quantity: 9 billion billion millionths each, twice in every sum.
async fn amounts_wider_than_an_integer_are_summed(world: &World) {
    let february = "2026-02-01..2026-02-28";
    let march = "2026-03-01..2026-03-31";
    world.load("a", february, &["2026-02-01 甲 乙片 1"]).await;
    let (february_month, month) = (Period::new(2026, 2).unwrap(), Period::new(2026, 3).unwrap());
    let closed = world
        .warehouse
        .close_period(february_month, "x", AT, Mode::Commit);
    closed.await.unwrap();
    // Late lines of February are a sum of their own beside those of March.
    let late = ["2026-02-01 甲 乙片 1", "2026-02-02 甲 乙片 900000000000"];
    world.load("b", february, &late).await;
    let more = [
        "2026-03-01 甲 乙片 900000000000",
        "2026-03-01 ?谁 乙片 900000000000",
        "2026-03-02 ?谁 乙片 900000000000",
    ];
    world.load("c", march, &more).await;
    let quality = world.warehouse.sales_quality(month).await.unwrap();
    let largest = Micros(i64::MAX);
    assert_eq!(
        (quality.accepted_lines, quality.accepted_amount),
        (2, largest)
    );
    assert_eq!((quality.held_lines, quality.held_amount), (2, largest));
}

async fn what_was_confirmed_meanwhile_stands(world: &World) {
    let statements = [NewStatement {
        party_id: "D".to_owned(),
        total: Micros::ZERO,
        held_lines: 0,
        content_hash: String::new(),
        inputs_hash: String::new(),
        parts: Vec::new(),
    }];
    let computed = |withdrawn| NewSettlement {
        period: Period::new(2026, 3).unwrap(),
        at: AT,
        who: "x",
        settings_version: 0,
        as_of_load: 0,
        provisional: false,
        gates: serde_json::Value::Null,
        statements: &statements,
        withdrawn,
    };
    let store = async |withdrawn| {
        let new = computed(withdrawn);
        let stored = world.warehouse.store_settlement(&new, Mode::Commit);
        stored.await.unwrap();
    };
    let heads = async || {
        let filter = StatementFilter::default();
        world.warehouse.statements(filter).await.unwrap()
    };
    store(&[]).await;
    let draft = heads().await.remove(0);
    let state = StatementState::Confirmed;
    let moved = world
        .warehouse
        .move_statement(&draft.number, state, "x", AT, "", Mode::Commit);
    moved.await.unwrap();
    // Computed before that: the draft withdrawn, another one in its place.
    store(&[draft.statement_id]).await;
    let now = heads().await;
    assert_eq!((now.len(), now[0].state), (1, state));
}
