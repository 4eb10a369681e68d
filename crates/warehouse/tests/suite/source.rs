//! What is known of sources: visits, files of shipments and payments, one run at a time.

use channelflow_model::finding::{Finding, Place, Severity};
use channelflow_warehouse::{Checkpoint, VisitEnd, Warehouse};

use crate::on_both_engines;
use crate::world::World;

const AT: &str = "2026-03-05T02:00:00+08:00";

on_both_engines! {
    a_visit_has_a_beginning_and_an_end,
    a_file_of_shipments_is_remembered_with_how_far_it_reads,
    one_run_at_a_time,
}

async fn a_visit_has_a_beginning_and_an_end(world: &World) {
    let warehouse = &world.warehouse;
    let first = warehouse.begin_visit(None, "jiuzhou", AT).await.unwrap();
    assert_eq!(warehouse.visits(1).await.unwrap()[0].finished_at, None);
    let finding = Finding::new("source_timed_out", Severity::Error, Place::default());
    let end = VisitEnd {
        at: "2026-03-05T02:30:00+08:00",
        arrivals: 2,
        seen_before: 7,
        finding: Some(&finding),
    };
    warehouse.finish_visit(first, end).await.unwrap();
    let second = warehouse.begin_visit(None, "jiuzhou", AT).await.unwrap();
    warehouse.begin_visit(None, "sanchuan", AT).await.unwrap();

    let newest: Vec<(String, i64)> = visits(warehouse, 1).await;
    assert_eq!(newest.len(), 2);
    assert!(newest.contains(&("jiuzhou".to_owned(), second)));
    let all = warehouse.visits(9).await.unwrap();
    let ended = all.iter().find(|it| it.visit_id == first).unwrap();
    assert_eq!((ended.arrivals, ended.seen_before), (2, 7));
    assert_eq!(ended.finding.as_ref(), Some(&finding));
}

async fn visits(warehouse: &Warehouse, limit: u32) -> Vec<(String, i64)> {
    let visits = warehouse.visits(limit).await.unwrap();
    visits
        .into_iter()
        .map(|it| (it.source, it.visit_id))
        .collect()
}

async fn a_file_of_shipments_is_remembered_with_how_far_it_reads(world: &World) {
    let warehouse = &world.warehouse;
    for (size, day) in [(7, "2026-02-27"), (9, "2026-02-28")] {
        let checkpoint = Checkpoint {
            path: "shipments.csv",
            size,
            mtime_ns: 0,
            cursor: Some(("shipments", day)),
        };
        warehouse
            .remember_source_record("erp", checkpoint, "hash", AT)
            .await
            .unwrap();
    }
    let records = warehouse.source_records("erp").await.unwrap();
    assert_eq!(records["shipments.csv"].size, 9);
    assert_eq!(records.len(), 1);
    assert_eq!(
        warehouse.cursors("erp").await.unwrap()["shipments"],
        "2026-02-28"
    );
    assert!(warehouse.collected("erp").await.unwrap().is_empty());
}

async fn one_run_at_a_time(world: &World) {
    let held = world.warehouse.lock_run().await.unwrap();
    assert!(held.is_some());
    assert!(world.warehouse.lock_run().await.unwrap().is_none());
    drop(held);
    // A server notices a closed connection a moment later.
    for _ in 0..100 {
        if world.warehouse.lock_run().await.unwrap().is_some() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the lock outlived its holder");
}
