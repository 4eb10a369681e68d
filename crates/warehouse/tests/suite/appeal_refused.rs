//! Appeals that are refused: closed months, windows, and what makes no sense.

use channelflow_model::FlowKind;
use channelflow_model::appeal::AppealKind;
use channelflow_warehouse::{AppealAction, FoldFilter, NewAppeal, WarehouseError};

use crate::appeal::{
    IN_WINDOW, add, add_on, approve, branch, close, decide, micros, new, period, prepare, said,
    shown,
};
use crate::on_both_engines;
use crate::world::World;

on_both_engines! {
    nothing_is_booked_in_a_closed_month,
    what_makes_no_sense_is_refused_with_a_sentence,
}

async fn nothing_is_booked_in_a_closed_month(world: &World) {
    let lines = prepare(world, &["2026-03-01 甲 乙片 3", "2026-03-02 甲 乙片 5"]).await;
    let early = add(
        world,
        &NewAppeal {
            to_period: Some(period("2026-03")),
            ..branch(lines[0])
        },
    )
    .await;
    close(world, "2026-03").await;
    assert_eq!(
        said(decide(world, early, AppealAction::Approve, "").await),
        "2026-03 is closed, nothing is booked in it any more"
    );
    let moved = NewAppeal {
        to_period: Some(period("2026-05")),
        ..new(AppealKind::MovedMonth, lines[1])
    };
    assert_eq!(
        said(add_on(world, &moved, IN_WINDOW).await),
        "2026-03 is closed, nothing is booked in it any more"
    );
    // Without a month the first open one is taken, and its window counts.
    let later = branch(lines[1]);
    assert_eq!(
        said(add_on(world, &later, IN_WINDOW).await),
        "the window appeals (申诉) of 2026-04 is not open yet: its days are 2026-05-03 to 2026-05-12, today is 2026-04-05"
    );
    let appeal = add_on(world, &later, "2026-05-04").await.unwrap();
    assert_eq!(
        shown(&approve(world, appeal.appeal_id).await),
        [
            "-1 2026-04 D1 C-甲 P-乙片 : -5, -50",
            "1 2026-04 D1 C-丁 P-乙片 : 5, 50",
        ]
    );
}

async fn what_makes_no_sense_is_refused_with_a_sentence(world: &World) {
    let lines = prepare(world, &["2026-03-01 甲 乙片 3", "2026-03-02 ?谁 乙片 5"]).await;
    let line = lines[0];
    for (wrong, expected) in [
        (
            new(AppealKind::Branch, line),
            "an appeal of the kind branch (分院) says which customer",
        ),
        (
            NewAppeal {
                to_customer: Some("C-甲"),
                ..branch(line)
            },
            "the customer is C-甲 already",
        ),
        (
            NewAppeal {
                to_customer: Some("C-9"),
                ..branch(line)
            },
            "C-9 is no customer of the master data",
        ),
        (
            NewAppeal {
                to_post: Some("T1"),
                ..branch(line)
            },
            "an appeal of the kind branch (分院) does not move the post",
        ),
        (
            NewAppeal {
                quantity: Some(micros("4")),
                ..branch(line)
            },
            "the line has 3",
        ),
        (
            NewAppeal {
                quantity: Some(micros("-1")),
                ..branch(line)
            },
            "the quantity of an appeal is above zero",
        ),
        (
            NewAppeal {
                reason: " ",
                ..branch(line)
            },
            "an appeal says why",
        ),
        (branch(lines[1]), "is held"),
        (
            NewAppeal {
                to_period: Some(period("2026-02")),
                ..branch(line)
            },
            "the line counts in 2026-03",
        ),
        (
            NewAppeal {
                to_period: Some(period("2026-03")),
                ..new(AppealKind::MovedMonth, line)
            },
            "the month is 2026-03 already",
        ),
    ] {
        let said = said(add_on(world, &wrong, IN_WINDOW).await);
        assert!(said.contains(expected), "{said} | {expected}");
    }
    let unknown = add_on(world, &branch(1), IN_WINDOW).await;
    assert!(matches!(unknown, Err(WarehouseError::NotFound { .. })));
    let unknown = decide(world, 9, AppealAction::Approve, "").await;
    assert!(matches!(unknown, Err(WarehouseError::NotFound { .. })));
    let diverted = NewAppeal {
        to_distributor: Some("D2"),
        to_product: Some("P-丙片"),
        ..new(AppealKind::Diversion, line)
    };
    // 窜货 has a window of its own.
    assert_eq!(
        said(add_on(world, &diverted, "2026-04-12").await),
        "the window diversions (窜货提报) of 2026-03 is over: its days were 2026-04-01 to 2026-04-10, today is 2026-04-12"
    );
    let appeal = add(world, &diverted).await;
    let pair = approve(world, appeal).await;
    assert_eq!(shown(&pair)[1], "1 2026-03 D2 C-甲 P-丙片 : 3, 30");
    let only = FoldFilter {
        kind: FlowKind::Sale,
        business: None,
        booking: None,
        distributors: Some(&["D2"]),
    };
    assert_eq!(world.warehouse.appeal_rows(only).await.unwrap(), pair[1..]);
}
