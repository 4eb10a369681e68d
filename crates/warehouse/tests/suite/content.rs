//! Files known by their content: recorded as duplicates while what they said stands.

use channelflow_model::FlowKind;
use channelflow_warehouse::{ContentKey, Delivery, Mode, SubmissionRecord, SubmissionState};

use crate::on_both_engines;
use crate::world::{World, delivery, table};

on_both_engines! {
    the_same_content_is_a_duplicate_while_it_stands,
    the_same_bytes_are_said_to_be_the_same_bytes,
    a_month_that_is_not_over_is_not_remembered,
}

const JANUARY: &str = "2026-01-01..2026-01-31";
const TEN: &[&str] = &["2026-01-05 甲医院 乙片 10"];
const TWELVE: &[&str] = &["2026-01-05 甲医院 乙片 10", "2026-01-06 甲医院 乙片 2"];

/// Loads rows under a digest; returns the submission.
async fn load(world: &World, file: &str, range: &str, rows: &[&str], digest: &str) -> i64 {
    let tables = [table(FlowKind::Sale, range, rows)];
    let delivery = Delivery {
        content: Some(ContentKey {
            bodies: "[1]",
            digest,
        }),
        ..delivery(file, &tables)
    };
    let outcome = world.warehouse.load(&delivery, Mode::Commit).await.unwrap();
    outcome.submission_id
}

/// Records a file as the same as an earlier submission: which one, by which finding.
async fn same(world: &World, file: &str, earlier: i64) -> Option<(i64, String)> {
    let counts = serde_json::json!({});
    let record = SubmissionRecord {
        run_id: None,
        distributor_id: "D1",
        source: "inbox",
        file_name: file,
        artifact: file,
        bytes: 1,
        received_at: "2026-05-02T08:00:00Z",
        state: SubmissionState::Duplicate,
        duplicate_of: None,
        sheets: &[],
        counts: &counts,
        findings: &[],
        checkpoint: None,
    };
    let outcome = world
        .warehouse
        .record_same(&record, earlier, Mode::Commit)
        .await
        .unwrap()?;
    assert_eq!(outcome.state, SubmissionState::Duplicate);
    let code = outcome.findings[0].code.to_string();
    Some((outcome.duplicate_of.unwrap(), code))
}

async fn known(world: &World) -> Vec<(i64, String)> {
    let contents = world.warehouse.contents().await.unwrap();
    let of_distributor = contents.get("D1").cloned().unwrap_or_default();
    of_distributor
        .into_iter()
        .map(|known| (known.submission_id, known.digest))
        .collect()
}

async fn the_same_content_is_a_duplicate_while_it_stands(world: &World) {
    let first = load(world, "a", JANUARY, TEN, "ten").await;
    assert_eq!(known(world).await, [(first, "ten".to_owned())]);
    let found = same(world, "a again", first).await;
    assert_eq!(found, Some((first, "same_cells".to_owned())));

    // A correction came: the first version again is a correction too.
    let second = load(world, "b", JANUARY, TWELVE, "twelve").await;
    assert_eq!(same(world, "a once more", first).await, None);
    assert_eq!(
        same(world, "b again", second).await.map(|(id, _)| id),
        Some(second)
    );

    // Without the correction the first one stands again; without either nothing does.
    let undo = async |id: i64| {
        let at = "2026-05-03T00:00:00Z";
        world
            .warehouse
            .undo(id, None, at, Mode::Commit)
            .await
            .unwrap();
    };
    undo(second).await;
    assert_eq!(same(world, "b", second).await, None);
    assert_eq!(
        same(world, "a at last", first).await.map(|(id, _)| id),
        Some(first)
    );
    undo(first).await;
    assert_eq!(same(world, "a no more", first).await, None);
    assert_eq!(known(world).await, []);
}

async fn the_same_bytes_are_said_to_be_the_same_bytes(world: &World) {
    let first = load(world, "a", JANUARY, TEN, "ten").await;
    let found = same(world, "a", first).await;
    assert_eq!(found, Some((first, "already_delivered".to_owned())));
}

/// It would speak for more days when it comes again. Deliveries here arrive on 2026-05-01.
async fn a_month_that_is_not_over_is_not_remembered(world: &World) {
    let rows = &["2026-05-01 甲医院 乙片 10"];
    load(world, "a", "2026-05-01..2026-05-31", rows, "may").await;
    assert_eq!(known(world).await, []);
    let second = load(world, "b", "", rows, "days that occur").await;
    assert_eq!(known(world).await, [(second, "days that occur".to_owned())]);
}
