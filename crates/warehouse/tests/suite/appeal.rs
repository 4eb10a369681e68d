//! Appeals: pairs that sum to zero, parts of a line, taking back, and lines that are gone. What is
//! refused stands in `appeal_refused`.

use channelflow_model::appeal::{AppealKind, AppealRow, AppealState};
use channelflow_model::master::{Customer, Distributor, Product};
use channelflow_model::window::Schedule;
use channelflow_model::{Day, FlowKind, Lang, Micros, Period};
use channelflow_warehouse::{
    Appeal, AppealAction, AppealDetail, AppealFilter, FoldFilter, Mode, NewAppeal, OnDay,
    WarehouseError,
};

use crate::on_both_engines;
use crate::world::World;

on_both_engines! {
    an_approved_appeal_adds_a_pair_that_sums_to_zero,
    parts_of_a_line_leave_no_cents_behind,
    a_month_moves_from_one_to_the_other,
    an_alert_keeps_a_sale_out_of_rebates,
    an_approval_is_taken_back_by_a_second_pair,
    an_appeal_of_a_line_that_is_gone_is_stale,
    a_preview_stores_nothing,
}

const MARCH: &str = "2026-03-01..2026-03-31";
const AT: &str = "2026-04-05T09:00:00Z";
pub const IN_WINDOW: &str = "2026-04-05";

pub fn period(text: &str) -> Period {
    Period::from_iso(text).unwrap()
}

pub fn micros(text: &str) -> Micros {
    text.parse().unwrap()
}

/// An appeal of the whole line that names nothing yet.
pub fn new(kind: AppealKind, line_id: i64) -> NewAppeal<'static> {
    NewAppeal {
        kind,
        line_id,
        quantity: None,
        to_customer: None,
        to_product: None,
        to_distributor: None,
        to_post: None,
        to_period: None,
        reason: "分院采购",
        who: "王",
        at: AT,
    }
}

pub fn branch(line_id: i64) -> NewAppeal<'static> {
    NewAppeal {
        to_customer: Some("C-丁"),
        ..new(AppealKind::Branch, line_id)
    }
}

/// Two customers, a product and a distributor more than the lines name.
pub async fn prepare(world: &World, rows: &[&str]) -> Vec<i64> {
    let customers = ["C-甲", "C-丁"].map(|id| Customer {
        id: id.to_owned(),
        ..Customer::default()
    });
    let warehouse = &world.warehouse;
    warehouse
        .import_customers(&customers, Mode::Commit)
        .await
        .unwrap();
    let products = [Product {
        id: "P-丙片".to_owned(),
        ..Product::default()
    }];
    warehouse
        .import_products(&products, Mode::Commit)
        .await
        .unwrap();
    let distributors = [Distributor {
        id: "D2".to_owned(),
        ..Distributor::default()
    }];
    warehouse
        .import_distributors(&distributors, Mode::Commit)
        .await
        .unwrap();
    world.load("a", MARCH, rows).await;
    world
        .lines()
        .await
        .iter()
        .map(|line| line.line_id)
        .collect()
}

pub async fn add_on(
    world: &World,
    new: &NewAppeal<'_>,
    today: &str,
) -> Result<Appeal, WarehouseError> {
    let schedule = Schedule::default();
    let on = OnDay {
        today: Day::from_iso(today).unwrap(),
        schedule: &schedule,
    };
    world.warehouse.add_appeal(new, on, Mode::Commit).await
}

pub async fn add(world: &World, new: &NewAppeal<'_>) -> i64 {
    add_on(world, new, IN_WINDOW).await.unwrap().appeal_id
}

pub async fn decide(
    world: &World,
    appeal_id: i64,
    action: AppealAction,
    note: &str,
) -> Result<AppealDetail, WarehouseError> {
    let warehouse = &world.warehouse;
    warehouse
        .decide_appeal(appeal_id, action, note, "李", AT, Mode::Commit)
        .await
}

pub async fn approve(world: &World, appeal_id: i64) -> Vec<AppealRow> {
    let decided = decide(world, appeal_id, AppealAction::Approve, "").await;
    decided.unwrap().rows
}

async fn rows(world: &World) -> Vec<AppealRow> {
    let filter = FoldFilter {
        kind: FlowKind::Sale,
        business: None,
        booking: None,
        distributors: None,
    };
    world.warehouse.appeal_rows(filter).await.unwrap()
}

pub async fn close(world: &World, month: &str) {
    let closed = world
        .warehouse
        .close_period(period(month), "ann", AT, Mode::Commit);
    closed.await.unwrap();
}

fn sum(rows: &[AppealRow]) -> (i64, i64) {
    let quantity = rows.iter().map(|row| row.quantity.0).sum();
    (quantity, rows.iter().map(|row| row.amount.0).sum())
}

/// `sign booking distributor customer product post: quantity, amount`.
pub fn shown(rows: &[AppealRow]) -> Vec<String> {
    let one = |row: &AppealRow| {
        format!(
            "{} {} {} {} {} {}: {}, {}",
            row.sign,
            row.booking_period,
            row.distributor_id,
            row.customer_id,
            row.product_id,
            row.post_id,
            row.quantity,
            row.amount
        )
    };
    rows.iter().map(one).collect()
}

/// What was refused, in English.
pub fn said<T: std::fmt::Debug>(refused: Result<T, WarehouseError>) -> String {
    match refused.unwrap_err() {
        WarehouseError::NotAllowed(rule) => rule.text(Lang::En),
        other => panic!("{other}"),
    }
}

async fn an_approved_appeal_adds_a_pair_that_sums_to_zero(world: &World) {
    let lines = prepare(world, &["2026-03-01 甲 乙片 3", "2026-03-02 甲 乙片 -2"]).await;
    let first = add(world, &branch(lines[0])).await;
    assert!(rows(world).await.is_empty(), "an open appeal moves nothing");
    let pair = approve(world, first).await;
    assert_eq!(
        shown(&pair),
        [
            "-1 2026-03 D1 C-甲 P-乙片 : -3, -30",
            "1 2026-03 D1 C-丁 P-乙片 : 3, 30",
        ]
    );
    assert_eq!(sum(&pair), (0, 0));
    assert_eq!(rows(world).await, pair);
    // A return moves as a return.
    let post = NewAppeal {
        to_post: Some("T1"),
        ..new(AppealKind::WrongPost, lines[1])
    };
    let second = add(world, &post).await;
    assert_eq!(
        shown(&approve(world, second).await),
        [
            "-1 2026-03 D1 C-甲 P-乙片 : 2, 20",
            "1 2026-03 D1 C-甲 P-乙片 T1: -2, -20",
        ]
    );
    // Another seller and another product.
    let line = world.lines().await;
    assert_eq!(line.len(), 2, "lines are never touched");
    let of_line = world.warehouse.appeals_of_line(lines[0]).await.unwrap();
    assert_eq!(of_line.len(), 1);
    assert_eq!(of_line[0].state, AppealState::Approved);
    assert_eq!(
        (
            of_line[0].decided_by.as_str(),
            of_line[0].opened_by.as_str()
        ),
        ("李", "王")
    );
}

async fn parts_of_a_line_leave_no_cents_behind(world: &World) {
    // Three boxes for 30 yuan, made 10.01 yuan: parts of 3.34, 3.33 and 3.34.
    let lines = prepare(world, &["2026-03-01 甲 乙片 3"]).await;
    world.execute(&["UPDATE line SET amount = 10010000"]).await;
    let part = NewAppeal {
        quantity: Some(micros("1")),
        ..branch(lines[0])
    };
    let mut appeals = Vec::new();
    for _ in 0..3 {
        appeals.push(add(world, &part).await);
    }
    assert_eq!(
        said(add_on(world, &part, IN_WINDOW).await),
        format!(
            "other appeals (1, 2, 3) are about line {} already: 0 of 3 are left",
            lines[0]
        )
    );
    for appeal in &appeals {
        let pair = approve(world, *appeal).await;
        assert_eq!(sum(&pair), (0, 0));
    }
    let added = |rows: &[AppealRow]| -> Vec<String> {
        let on = rows.iter().filter(|row| row.sign == 1);
        on.map(|row| row.amount.to_string()).collect()
    };
    assert_eq!(added(&rows(world).await), ["3.34", "3.33", "3.34"]);
    decide(world, appeals[1], AppealAction::TakeBack, "误批")
        .await
        .unwrap();
    let again = add(world, &part).await;
    let pair = approve(world, again).await;
    assert_eq!(added(&pair), ["3.33"], "the whole line is moved again");
    world.execute(&["UPDATE line SET amount = 30000000"]).await;
}

async fn a_month_moves_from_one_to_the_other(world: &World) {
    let lines = prepare(world, &["2026-03-01 甲 乙片 3"]).await;
    let late = NewAppeal {
        to_period: Some(period("2026-02")),
        ..new(AppealKind::LateFlow, lines[0])
    };
    // The window of the earlier month is asked for.
    assert_eq!(
        said(add_on(world, &late, IN_WINDOW).await),
        "the window appeals (申诉) of 2026-02 is over: its days were 2026-03-03 to 2026-03-12, today is 2026-04-05"
    );
    let appeal = add_on(world, &late, "2026-03-10").await.unwrap();
    assert_eq!(
        shown(&approve(world, appeal.appeal_id).await),
        [
            "-1 2026-03 D1 C-甲 P-乙片 : -3, -30",
            "1 2026-02 D1 C-甲 P-乙片 : 3, 30",
        ]
    );
    let of = |month| AppealFilter {
        period: Some(period(month)),
        state: None,
    };
    for (month, found) in [("2026-02", 1), ("2026-03", 1), ("2026-04", 0)] {
        let appeals = world.warehouse.appeals(&of(month)).await.unwrap();
        assert_eq!(appeals.len(), found, "{month}");
    }
    // February now has something that counts, so March is not closed before it.
    let march = world
        .warehouse
        .close_period(period("2026-03"), "ann", AT, Mode::Commit)
        .await;
    assert!(matches!(
        march,
        Err(WarehouseError::EarlierPeriodOpen { .. })
    ));
}

async fn an_alert_keeps_a_sale_out_of_rebates(world: &World) {
    let lines = prepare(world, &["2026-03-01 甲 乙片 3"]).await;
    let appeal = add(world, &new(AppealKind::Alert, lines[0])).await;
    let pair = approve(world, appeal).await;
    let excluded: Vec<(i32, bool)> = pair.iter().map(|row| (row.sign, row.excluded)).collect();
    assert_eq!(excluded, [(-1, false), (1, true)]);
    assert_eq!(sum(&pair), (0, 0));
}

async fn an_approval_is_taken_back_by_a_second_pair(world: &World) {
    let lines = prepare(world, &["2026-03-01 甲 乙片 3"]).await;
    let appeal = add(world, &branch(lines[0])).await;
    approve(world, appeal).await;
    let back = AppealAction::TakeBack;
    assert_eq!(
        said(decide(world, appeal, back, " ").await),
        "whoever refuses an appeal or takes an approval back says why"
    );
    let detail = decide(world, appeal, back, "误批").await.unwrap();
    assert_eq!(detail.appeal.state, AppealState::TakenBack);
    let states: Vec<AppealState> = detail.decisions.iter().map(|it| it.state).collect();
    assert_eq!(states, [AppealState::Approved, AppealState::TakenBack]);
    assert_eq!(
        shown(&detail.rows),
        [
            "-1 2026-03 D1 C-甲 P-乙片 : -3, -30",
            "1 2026-03 D1 C-丁 P-乙片 : 3, 30",
            "-1 2026-03 D1 C-丁 P-乙片 : -3, -30",
            "1 2026-03 D1 C-甲 P-乙片 : 3, 30",
        ]
    );
    assert_eq!(
        said(decide(world, appeal, back, "again").await),
        format!("appeal {appeal} is taken back")
    );
    // The line is free for another appeal; in a closed month an approval stays.
    let second = add(world, &branch(lines[0])).await;
    approve(world, second).await;
    close(world, "2026-03").await;
    assert_eq!(
        said(decide(world, second, back, "误批").await),
        format!("appeal {second} is booked in 2026-03, which is closed")
    );
}

async fn an_appeal_of_a_line_that_is_gone_is_stale(world: &World) {
    let lines = prepare(world, &["2026-03-01 甲 乙片 3", "2026-03-02 甲 乙片 5"]).await;
    let approved = add(world, &branch(lines[0])).await;
    approve(world, approved).await;
    let open = add(
        world,
        &NewAppeal {
            quantity: Some(micros("2")),
            ..branch(lines[1])
        },
    )
    .await;
    assert!(world.warehouse.stale_appeals().await.unwrap().is_empty());
    world
        .load(
            "b",
            MARCH,
            &["2026-03-01 甲 乙片 4", "2026-03-02 甲 乙片 6"],
        )
        .await;
    let stale = world.warehouse.stale_appeals().await.unwrap();
    let ids: Vec<i64> = stale.iter().map(|it| it.appeal_id).collect();
    assert_eq!(ids, [approved]);
    assert_eq!(
        said(decide(world, open, AppealAction::Approve, "").await),
        format!("line {} does not count any more", lines[1])
    );
    decide(world, open, AppealAction::Withdraw, "")
        .await
        .unwrap();
    decide(world, approved, AppealAction::TakeBack, "文件已更正")
        .await
        .unwrap();
    assert!(world.warehouse.stale_appeals().await.unwrap().is_empty());
}

async fn a_preview_stores_nothing(world: &World) {
    let lines = prepare(world, &["2026-03-01 甲 乙片 3"]).await;
    let schedule = Schedule::default();
    let on = OnDay {
        today: Day::from_iso(IN_WINDOW).unwrap(),
        schedule: &schedule,
    };
    let warehouse = &world.warehouse;
    let shown = warehouse
        .add_appeal(&branch(lines[0]), on, Mode::DryRun)
        .await;
    assert_eq!(shown.unwrap().appeal_id, 1);
    let all = AppealFilter::default();
    assert!(warehouse.appeals(&all).await.unwrap().is_empty());
    let appeal = add(world, &branch(lines[0])).await;
    let preview = warehouse
        .decide_appeal(appeal, AppealAction::Approve, "", "李", AT, Mode::DryRun)
        .await
        .unwrap();
    assert_eq!(preview.rows.len(), 2);
    assert!(rows(world).await.is_empty());
    let stored = warehouse.appeal(appeal).await.unwrap();
    assert_eq!(stored.appeal.state, AppealState::Open);
    decide(world, appeal, AppealAction::Refuse, "无依据")
        .await
        .unwrap();
    assert_eq!(
        warehouse.appeal(appeal).await.unwrap().decisions[0].note,
        "无依据"
    );
}
