//! Feed, views, held lines, explanations, export: what went in comes out.

use channelflow_model::master::Customer;
use channelflow_model::{FlowKind, HoldReason, Micros, Period, PeriodRule};
use channelflow_warehouse::{
    Cause, Cursor, Engine, FeedOp, FlowFilter, HeldFilter, LineStatus, Mode, SubmissionState,
    WarehouseError,
};
use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;

use crate::on_both_engines;
use crate::records::alias;
use crate::world::{World, resolved_anew, table};

on_both_engines! {
    held_lines_are_grouped_by_what_they_wait_for,
    the_feed_tells_every_change_once,
    a_line_explains_itself,
    lines_of_an_alias_are_found,
    delivered_counts_days_and_declared_emptiness,
    views_are_readable,
    export_filters_lines,
    texts_survive_whatever_they_contain,
}

const AT: &str = "2026-05-02T00:00:00Z";

async fn held_lines_are_grouped_by_what_they_wait_for(world: &World) {
    let rows = [
        "2026-03-01 ?甲 乙片 3",
        "2026-03-05 ?甲 丙片 -1",
        "2026-03-02 ?丁 乙片 100",
        "2026-03-02 戊 乙片 9",
    ];
    world.load("a", "", &rows).await;
    let groups = world
        .warehouse
        .held_summary(&HeldFilter::default())
        .await
        .unwrap();
    let shown: Vec<String> = groups
        .iter()
        .map(|group| {
            format!(
                "{} {} {} rows {} {}",
                group.reason, group.name, group.rows, group.amount, group.days
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "unknown_customer ?丁 1 rows 1000 2026-03-02..2026-03-02",
            "unknown_customer ?甲 2 rows 40 2026-03-01..2026-03-05",
        ]
    );
    let other = HeldFilter {
        reason: Some(HoldReason::UnknownProduct),
        ..HeldFilter::default()
    };
    assert!(
        world
            .warehouse
            .held_summary(&other)
            .await
            .unwrap()
            .is_empty()
    );
    let two = HeldFilter {
        limit: Some(2),
        ..HeldFilter::default()
    };
    assert_eq!(world.warehouse.held_lines(&two).await.unwrap().len(), 2);
    assert_eq!(world.warehouse.held_count().await.unwrap(), 3);
}

async fn the_feed_tells_every_change_once(world: &World) {
    world
        .load("a", "", &["2026-03-01 甲 乙片 3", "2026-03-01 ?丙 乙片 1"])
        .await;
    world
        .load("b", "", &["2026-03-01 甲 乙片 4", "2026-03-01 ?丙 乙片 1"])
        .await;
    let stored = world.warehouse.held_tables(None).await.unwrap();
    let anew: Vec<_> = stored
        .into_iter()
        .map(|table| resolved_anew(table, &[]))
        .collect();
    world
        .warehouse
        .apply_resolutions(Cause::Decision, &anew, None, AT, Mode::Commit)
        .await
        .unwrap();
    let page = world.warehouse.feed(Cursor::default(), 100).await.unwrap();
    let changes: Vec<String> = page
        .changes
        .iter()
        .map(|change| {
            let op = if change.op == FeedOp::Insert {
                "+"
            } else {
                "-"
            };
            format!(
                "{} {op} {} {}",
                change.cursor, change.line.raw_customer, change.line.quantity
            )
        })
        .collect();
    assert_eq!(
        changes,
        ["1:1 + 甲 3", "2:1 - 甲 3", "2:2 + 甲 4", "3:1 + ?丙 1"]
    );
    for (change, rest) in page.changes.iter().zip(1..) {
        let after = world.warehouse.feed(change.cursor, 100).await.unwrap();
        assert_eq!(after.changes, page.changes[rest..]);
        let one = world.warehouse.feed(change.cursor, 1).await.unwrap();
        assert_eq!(one.more, page.changes.len() - rest > 1);
    }
    let end = world.warehouse.feed(page.next, 10).await.unwrap();
    assert!(end.changes.is_empty() && end.next == page.next);
    let future: Cursor = "99:0".parse().unwrap();
    assert!(matches!(
        world.warehouse.feed(future, 1).await,
        Err(WarehouseError::BadCursor { .. })
    ));
    assert!("1:x".parse::<Cursor>().is_err());
}

async fn a_line_explains_itself(world: &World) {
    world.load("a.xlsx", "", &["2026-03-01 甲 乙片 3"]).await;
    world.load("b.xlsx", "", &["2026-03-01 甲 乙片 4"]).await;
    let line = world.lines().await.remove(0);
    let detail = world.warehouse.line(line.line_id).await.unwrap();
    assert_eq!(detail.line, line);
    assert_eq!(detail.submission.file_name, "b.xlsx");
    assert_eq!((detail.line.sheet.as_str(), detail.line.row), ("一月", 2));
    assert_eq!(detail.fingerprint, "0123456789abcdef");
    assert_eq!(detail.party.name, "甲");
    assert_eq!(
        (detail.opened.kind.as_str(), detail.closed),
        ("delivery", None)
    );
    // A closed line can still be asked for.
    let page = world.warehouse.feed(Cursor::default(), 1).await.unwrap();
    let old = world
        .warehouse
        .line(page.changes[0].line.line_id)
        .await
        .unwrap();
    assert_eq!(
        old.closed.map(|load| load.load_id),
        Some(detail.opened.load_id)
    );
    assert!(matches!(
        world.warehouse.line(12_345).await,
        Err(WarehouseError::NotFound { .. })
    ));
}

async fn lines_of_an_alias_are_found(world: &World) {
    let set = world
        .warehouse
        .set_aliases(&[alias("甲", "C1")], "ann", AT, Mode::Commit)
        .await
        .unwrap();
    let alias_id = set.added[0].alias_id;
    let mut by_alias = table(
        FlowKind::Sale,
        "",
        &["2026-03-01 甲 乙片 3", "2026-03-01 丙 乙片 1"],
    );
    for found in by_alias.matches.iter_mut().flatten() {
        if found.id == "C-甲" {
            found.alias_id = Some(alias_id);
        }
    }
    world.load_tables("a", &[by_alias], Mode::Commit).await;
    let mut decided = Vec::new();
    for line_id in world.lines().await.iter().map(|line| line.line_id) {
        let detail = world.warehouse.line(line_id).await.unwrap();
        if detail.line.customer_alias_id == Some(alias_id) {
            decided.push(detail);
        }
    }
    assert_eq!(decided.len(), 1);
    let detail = &decided[0];
    assert_eq!(detail.party.name, "甲");
    assert_eq!(detail.aliases[0].target_id, "C1");
}

async fn delivered_counts_days_and_declared_emptiness(world: &World) {
    let march = Period::from_iso("2026-03").unwrap();
    let april = Period::from_iso("2026-04").unwrap();
    world
        .load("a", "", &["2026-03-01 甲 乙片 3", "2026-03-02 甲 乙片 3"])
        .await;
    let empty = world.load("b", "2026-04-01..2026-04-30", &[]).await;
    assert_eq!(empty.state, SubmissionState::Empty);
    let found = world
        .warehouse
        .delivered(&[march, april], PeriodRule::default())
        .await
        .unwrap();
    let shown: Vec<String> = found
        .iter()
        .map(|it| {
            format!(
                "{} {} {}: {} days, {} lines, {} files",
                it.distributor_id, it.kind, it.period, it.days, it.lines, it.submissions
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "D1 sale 2026-03: 2 days, 2 lines, 1 files",
            "D1 sale 2026-04: 30 days, 0 lines, 1 files"
        ]
    );
}

async fn views_are_readable(world: &World) {
    let customer = Customer {
        id: "C-甲".to_owned(),
        name: "甲医院".to_owned(),
        ..Customer::default()
    };
    world
        .warehouse
        .import_customers(&[customer], Mode::Commit)
        .await
        .unwrap();
    world
        .load(
            "a.xlsx",
            "",
            &["2026-03-01 甲 乙片 2.5", "2026-03-01 ?丙 乙片 1"],
        )
        .await;
    world
        .load(
            "b.xlsx",
            "",
            &["2026-03-01 甲 乙片 3", "2026-03-01 ?丙 乙片 1"],
        )
        .await;
    let flow =
        "SELECT CAST(business_date AS TEXT) || ' ' || business_period || ' ' || customer_name
        || ' ' || customer_rule || ' ' || CAST(CAST(quantity * 1000 AS INT) AS TEXT) || ' ' || unit
        || ' ' || file_name || ' ' || sheet || ' ' || CAST(row_number AS TEXT)
        FROM mart_flow WHERE status = 'accepted'";
    let held = "SELECT hold_reason || ' ' || raw_customer FROM mart_held";
    let restated =
        "SELECT kind || ' ' || CAST(business_date AS TEXT) || ' ' || CAST(modified AS TEXT)
        FROM mart_restatement";
    let others = "SELECT CAST((SELECT COUNT(*) FROM mart_submission) AS TEXT)
        || (SELECT name FROM mart_customer) || CAST((SELECT COUNT(*) FROM mart_product) AS TEXT)";
    assert_eq!(
        ask(world, flow).await,
        "2026-03-01 2026-03 甲医院 name 3000 盒 b.xlsx 一月 2"
    );
    assert_eq!(ask(world, held).await, "unknown_customer ?丙");
    assert_eq!(ask(world, restated).await, "sale 2026-03-01 1");
    assert_eq!(ask(world, others).await, "2甲医院0");
}

/// The one text a query answers.
pub async fn ask(world: &World, query: &'static str) -> String {
    match world.warehouse.engine() {
        Engine::Sqlite => {
            let pool = SqlitePool::connect(&world.url).await.unwrap();
            sqlx::query_scalar(query).fetch_one(&pool).await.unwrap()
        }
        Engine::Postgres => {
            let pool = PgPool::connect(&world.url).await.unwrap();
            sqlx::query_scalar(query).fetch_one(&pool).await.unwrap()
        }
    }
}

async fn export_filters_lines(world: &World) {
    world
        .load("a", "", &["2026-03-01 甲 乙片 3", "2026-04-02 ?丙 乙片 1"])
        .await;
    let count = async |filter: FlowFilter| {
        world
            .warehouse
            .flow_rows(&filter, &mut |_| Ok(()))
            .await
            .unwrap()
    };
    let none = FlowFilter::default();
    assert_eq!(count(none.clone()).await, 2);
    assert_eq!(
        count(FlowFilter {
            distributor_id: Some("D9".to_owned()),
            ..none.clone()
        })
        .await,
        0
    );
    assert_eq!(
        count(FlowFilter {
            kind: Some(FlowKind::Purchase),
            ..none.clone()
        })
        .await,
        0
    );
    assert_eq!(
        count(FlowFilter {
            booking_period: Period::from_iso("2026-04"),
            ..none.clone()
        })
        .await,
        1
    );
    assert_eq!(
        count(FlowFilter {
            status: Some(LineStatus::Held),
            ..none.clone()
        })
        .await,
        1
    );
    let stopped = world
        .warehouse
        .flow_rows(&none, &mut |_| Err("enough".to_owned()))
        .await;
    assert!(matches!(stopped, Err(WarehouseError::Receiver(text)) if text == "enough"));
}

async fn texts_survive_whatever_they_contain(world: &World) {
    let mut odd = table(FlowKind::Sale, "", &["2026-03-01 甲 乙片 3"]);
    let text = "a\tb\nc\\d\r\\N 'x' \"y\" 😀";
    odd.flow.texts.push(text.to_owned());
    odd.flow.remark[0] = u32::try_from(odd.flow.texts.len() - 1).unwrap();
    text.clone_into(&mut odd.flow.parties[1].name);
    odd.flow.details.insert(0, text.to_owned());
    odd.flow.quantity[0] = Micros(i64::MAX);
    odd.flow.amount[0] = Some(Micros(i64::MIN));
    odd.base_quantity[0] = Some(Micros(i64::MIN));
    world.load_tables("a", &[odd.clone()], Mode::Commit).await;
    let line = world.lines().await.remove(0);
    assert_eq!([&line.remark, &line.raw_customer, &line.detail], [text; 3]);
    assert_eq!(
        (line.quantity, line.amount),
        (Micros(i64::MAX), Some(Micros(i64::MIN)))
    );
    // What came out is what went in, so the same file again is nothing new.
    let again = world.load_tables("b", &[odd], Mode::Commit).await;
    assert_eq!(again.state, SubmissionState::Unchanged);
}
