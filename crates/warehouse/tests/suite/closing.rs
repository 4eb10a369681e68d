//! Closed periods and decisions: what counts where afterwards.

use channelflow_model::Period;
use channelflow_warehouse::{Cause, Mode, SubmissionState, WarehouseError};

use crate::on_both_engines;
use crate::world::{World, resolved_anew};

on_both_engines! {
    a_closed_period_does_not_move,
    periods_close_in_order,
    held_lines_become_accepted_by_a_decision,
    a_decision_about_a_closed_period_is_booked_in_the_open_one,
}

const MARCH: &str = "2026-03-01..2026-03-31";

fn period(text: &str) -> Period {
    Period::from_iso(text).unwrap()
}

/// Sum of accepted quantities that count in a period.
async fn booked(world: &World, booking: &str) -> i64 {
    world
        .lines()
        .await
        .iter()
        .filter(|line| line.booking_period == period(booking))
        .map(|line| line.quantity.0 / 1_000_000)
        .sum()
}

async fn a_closed_period_does_not_move(world: &World) {
    world
        .load(
            "a",
            MARCH,
            &["2026-03-01 甲 乙片 3", "2026-03-02 甲 乙片 5"],
        )
        .await;
    world
        .warehouse
        .close_period(
            period("2026-03"),
            "ann",
            "2026-04-05T00:00:00Z",
            Mode::Commit,
        )
        .await
        .unwrap();
    let late = world
        .load(
            "b",
            MARCH,
            &[
                "2026-03-01 甲 乙片 4",
                "2026-03-02 甲 乙片 5",
                "2026-03-03 甲 乙片 7",
            ],
        )
        .await;
    assert_eq!((late.kinds[0].late_lines, late.kinds[0].reversals), (2, 1));
    assert_eq!(late.restatements[0].booking_period, period("2026-04"));
    assert!(
        late.findings
            .iter()
            .any(|finding| finding.code == "closed_period_delta")
    );
    assert_eq!(
        world.rows().await,
        [
            "2026-03-01 甲 乙片 -3 in 2026-04",
            "2026-03-01 甲 乙片 3",
            "2026-03-01 甲 乙片 4 in 2026-04",
            "2026-03-02 甲 乙片 5",
            "2026-03-03 甲 乙片 7 in 2026-04",
        ]
    );
    assert_eq!(
        (
            booked(world, "2026-03").await,
            booked(world, "2026-04").await
        ),
        (8, 8)
    );

    let third = world
        .load(
            "c",
            MARCH,
            &["2026-03-01 甲 乙片 3", "2026-03-02 甲 乙片 5"],
        )
        .await;
    assert_eq!(third.kinds[0].reversals, 0);
    assert_eq!(
        (
            booked(world, "2026-03").await,
            booked(world, "2026-04").await
        ),
        (8, 0)
    );

    world
        .warehouse
        .undo(
            third.submission_id,
            None,
            "2026-05-02T00:00:00Z",
            Mode::Commit,
        )
        .await
        .unwrap();
    assert_eq!(
        (
            booked(world, "2026-03").await,
            booked(world, "2026-04").await
        ),
        (8, 8)
    );
}

async fn periods_close_in_order(world: &World) {
    world
        .load("a", "", &["2026-03-01 甲 乙片 3", "2026-04-02 甲 乙片 5"])
        .await;
    let close = async |text| {
        world
            .warehouse
            .close_period(period(text), "ann", "2026-05-05T00:00:00Z", Mode::Commit)
            .await
    };
    assert!(matches!(
        close("2026-04").await,
        Err(WarehouseError::EarlierPeriodOpen { open, .. }) if open == period("2026-03")
    ));
    close("2026-03").await.unwrap();
    close("2026-04").await.unwrap();
    let reopen = async |text| {
        world
            .warehouse
            .reopen_period(period(text), "ann", "2026-05-06T00:00:00Z", Mode::Commit)
            .await
    };
    assert!(matches!(
        reopen("2026-03").await,
        Err(WarehouseError::LaterPeriodClosed { .. })
    ));
    reopen("2026-04").await.unwrap();
    let periods = world.warehouse.periods().await.unwrap();
    let states: Vec<(String, bool)> = periods
        .iter()
        .map(|row| (row.period.to_string(), row.closed))
        .collect();
    assert_eq!(
        states,
        [("2026-03".to_owned(), true), ("2026-04".to_owned(), false)]
    );
}

async fn held_lines_become_accepted_by_a_decision(world: &World) {
    let rows = [
        "2026-03-01 ?甲 乙片 3",
        "2026-03-01 丙 乙片 1",
        "2026-03-02 ?丁 乙片 2",
    ];
    world.load("a", MARCH, &rows).await;
    let stored = world.warehouse.held_tables(Some("D1")).await.unwrap();
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].flow.len(), 2);
    assert_eq!(stored[0].flow.hold, [None, None]);
    let anew: Vec<_> = stored
        .into_iter()
        .map(|table| resolved_anew(table, &["丁"]))
        .collect();
    let apply = async |mode| {
        world
            .warehouse
            .apply_resolutions(Cause::Decision, &anew, None, "2026-05-02T00:00:00Z", mode)
            .await
            .unwrap()
    };
    let preview = apply(Mode::DryRun).await;
    assert_eq!(world.warehouse.held_count().await.unwrap(), 2);
    let decided = apply(Mode::Commit).await;
    assert_eq!((decided.accepted, decided.ignored), (1, 1));
    assert_eq!((preview.accepted, preview.ignored), (1, 1));
    assert_eq!(
        world.rows().await,
        [
            "2026-03-01 ?甲 乙片 3",
            "2026-03-01 丙 乙片 1",
            "2026-03-02 ?丁 乙片 2 =ignored"
        ]
    );
    // The same answers again, on lines that were replaced: nothing happens.
    assert_eq!(apply(Mode::Commit).await.gone, 2);
    // The day is still the day: the same content is unchanged, and undo finds the copies.
    let again = world.load("b", MARCH, &rows).await;
    assert_eq!(again.state, SubmissionState::Unchanged);
}

async fn a_decision_about_a_closed_period_is_booked_in_the_open_one(world: &World) {
    world
        .load(
            "a",
            MARCH,
            &["2026-03-01 ?甲 乙片 3", "2026-03-01 丙 乙片 1"],
        )
        .await;
    world
        .warehouse
        .close_period(
            period("2026-03"),
            "ann",
            "2026-04-05T00:00:00Z",
            Mode::Commit,
        )
        .await
        .unwrap();
    let stored = world.warehouse.current_tables("D1").await.unwrap();
    let anew: Vec<_> = stored
        .into_iter()
        .map(|table| resolved_anew(table, &["丙"]))
        .collect();
    let decided = world
        .warehouse
        .apply_resolutions(
            Cause::Decision,
            &anew,
            None,
            "2026-05-02T00:00:00Z",
            Mode::Commit,
        )
        .await
        .unwrap();
    assert_eq!(
        (decided.accepted, decided.ignored, decided.reversals),
        (1, 1, 1)
    );
    assert_eq!(
        world.rows().await,
        [
            "2026-03-01 ?甲 乙片 3 in 2026-04",
            "2026-03-01 丙 乙片 -1 in 2026-04",
            "2026-03-01 丙 乙片 1",
            "2026-03-01 丙 乙片 1 =ignored in 2026-04",
        ]
    );
}
