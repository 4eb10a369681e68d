//! Many lines at once, and many loads at once: faster ways that must end like the plain ones.

use channelflow_model::{FlowKind, Micros, Period};
use channelflow_warehouse::{Engine, Mode, Turn, WarehouseError};

use crate::on_both_engines;
use crate::world::{World, delivery, table};

on_both_engines! {
    many_lines_arrive_as_they_were,
    a_correction_of_many_days_closes_where_it_may,
    loads_that_overlap_are_numbered_in_their_order,
    a_load_that_fails_stops_those_after_it,
}

/// So many lines are copied into PostgreSQL; fewer are inserted.
const MANY: usize = 700;

async fn many_lines_arrive_as_they_were(world: &World) {
    let rows: Vec<String> = (0..MANY)
        .map(|line| format!("2026-03-{:02} 甲{line} 乙片 {}", line % 28 + 1, line + 1))
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let mut tables = [table(FlowKind::Sale, "", &rows)];
    let flow = &mut tables[0].flow;
    flow.texts.push("行\t一\\N\n二\r三\u{0}四".to_owned());
    let odd = u32::try_from(flow.texts.len() - 1).unwrap();
    for line in (0..MANY).step_by(3) {
        flow.remark[line] = odd;
        flow.price[line] = None;
        flow.amount[line] = Some(Micros(-9_000_000_000_000_000));
        flow.row[line] = u32::MAX;
    }
    world.load_tables("a", &tables, Mode::Commit).await;

    // PostgreSQL cannot store NUL.
    let odd = match world.warehouse.engine() {
        Engine::Sqlite => "行\t一\\N\n二\r三\u{0}四",
        Engine::Postgres => "行\t一\\N\n二\r三四",
    };
    let mut stored = world.lines().await;
    stored.sort_by_key(|line| line.quantity.0);
    assert_eq!(stored.len(), MANY);
    for (at, line) in stored.iter().enumerate() {
        let flow = &tables[0].flow;
        assert_eq!(line.raw_customer, format!("甲{at}"));
        assert_eq!(line.customer_id, Some(format!("C-甲{at}")));
        assert_eq!((line.day, line.quantity), (flow.day[at], flow.quantity[at]));
        assert_eq!((line.price, line.amount), (flow.price[at], flow.amount[at]));
        assert_eq!(line.remark, if at % 3 == 0 { odd } else { "" });
        assert_eq!(line.doc_no, "");
    }
}

async fn a_correction_of_many_days_closes_where_it_may(world: &World) {
    const BOTH: &str = "2026-02-01..2026-03-31";
    let rows = |more: usize| -> Vec<String> {
        (0..MANY)
            .map(|line| {
                let (month, day) = (2 + line % 2, line / 2 % 28 + 1);
                let changed = usize::from(line % 5 == 0) * more;
                format!(
                    "2026-{month:02}-{day:02} 甲{line} 乙片 {}",
                    line + 1 + changed
                )
            })
            .collect()
    };
    let (first, corrected) = (rows(0), rows(1000));
    let texts = |rows: &'static [String]| rows.iter().map(String::as_str).collect::<Vec<_>>();
    let (first, corrected): (&'static [String], &'static [String]) =
        (first.leak(), corrected.leak());
    world.load("a", BOTH, &texts(first)).await;
    let february = Period::from_iso("2026-02").unwrap();
    let at = "2026-03-05T00:00:00Z";
    let warehouse = &world.warehouse;
    warehouse
        .close_period(february, "ann", at, Mode::Commit)
        .await
        .unwrap();
    let outcome = world.load("b", BOTH, &texts(corrected)).await;
    let changed = MANY as u64 / 5;
    let kind = &outcome.kinds[0];
    assert_eq!((kind.opened, kind.closed), (changed, changed));
    assert_eq!(
        (kind.late_lines, kind.reversals),
        (changed / 2, changed / 2)
    );

    let mut numbers: Vec<i64> = Vec::new();
    for line in world.lines().await {
        let quantity = line.quantity.0 / Micros::SCALE;
        let is_old = quantity > 0 && (quantity - 1) % 5 == 0 && quantity <= 700;
        if line.booking_period != february {
            assert!(!is_old, "{quantity} should have been closed");
        } else if is_old {
            numbers.push(quantity);
        }
    }
    // What counted in February still does, and each has a counter-entry.
    assert_eq!(numbers.len() as u64, changed / 2);
}

async fn loads_that_overlap_are_numbered_in_their_order(world: &World) {
    // SQLite has one writer, which a load that waits for its turn must not hold.
    let mut first = Turn::first();
    let mut second = first.follower();
    let tables = [table(FlowKind::Sale, "", &["2026-03-01 甲 乙片 1"])];
    let mut later = delivery("later", &tables);
    later.distributor_id = "D2";
    let earlier = delivery("earlier", &tables);
    let (later, earlier) = both(
        Box::pin(async {
            let outcome = world
                .warehouse
                .load_in_turn(&later, Mode::Commit, &mut second)
                .await;
            second.done();
            outcome.unwrap()
        }),
        Box::pin(async {
            // The other one has long begun to wait.
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            let outcome = world
                .warehouse
                .load_in_turn(&earlier, Mode::Commit, &mut first)
                .await;
            first.done();
            outcome.unwrap()
        }),
        world.warehouse.engine(),
    )
    .await;
    assert!(earlier.submission_id < later.submission_id);
    assert!(earlier.load_id < later.load_id);
    let page = world
        .warehouse
        .feed(channelflow_warehouse::Cursor::default(), 100)
        .await
        .unwrap();
    let owners: Vec<&str> = page
        .changes
        .iter()
        .map(|change| change.line.distributor_id.as_str())
        .collect();
    assert_eq!(owners, ["D1", "D2"]);
}

/// Both at once, or one after the other where there is one writer.
async fn both<A, B>(
    later: impl Future<Output = A>,
    earlier: impl Future<Output = B>,
    engine: Engine,
) -> (A, B) {
    match engine {
        Engine::Postgres => tokio::join!(later, earlier),
        Engine::Sqlite => {
            let earlier = earlier.await;
            (later.await, earlier)
        }
    }
}

async fn a_load_that_fails_stops_those_after_it(world: &World) {
    let mut first = Turn::first();
    let mut second = first.follower();
    drop(first);
    let tables = [table(FlowKind::Sale, "", &["2026-03-01 甲 乙片 1"])];
    let outcome = world
        .warehouse
        .load_in_turn(&delivery("b", &tables), Mode::Commit, &mut second)
        .await;
    assert!(matches!(outcome, Err(WarehouseError::Misuse { .. })));
    assert_eq!(world.rows().await, [""; 0]);
}
